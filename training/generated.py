"""Small labelled data sets of generated photos, to try the whole chain without a download.

``python -m training.generated --out DIR --layout pad --photos 240``

Each layout is written as it is published, with several photos of a lesion and several lesions of a
patient. The pictures are drawn (`training.procedural`) and marked GENERATED: what a network learns
from them means nothing, and no released model has met them. Names are chosen so that each label is
on each side of the split. The PAD layout leaves out the same columns for the same labels as the
real table does, so that what a model makes of missing values can be tried.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from PIL import Image, ImageOps

from inference.labels import ISIC2019, MALIGNANT
from training import layout_portal
from training.datasets import Split, split_of
from training.layouts import HAM, ISIC, PAD
from training.procedural import lesion_photo, marked, spot

Random = np.random.Generator
Layout = Literal["pad", "ham", "isic", "folders", "portal"]

_KINDS = {
    "AK": "actinic_like",
    "BCC": "bcc_like",
    "BKL": "keratosis_like",
    "DF": "dermatofibroma_like",
    "MEL": "melanoma_like",
    "NV": "naevus",
    "SCC": "squamous_like",
    "VASC": "vascular_like",
}
_COLOURS = {
    "AK": (250, 130, 20),
    "BCC": (240, 90, 190),
    "BKL": (120, 80, 20),
    "DF": (40, 170, 60),
    "MEL": (20, 15, 25),
    "NV": (40, 60, 220),
    "SCC": (245, 235, 60),
    "VASC": (200, 10, 30),
}
_PAD = {"AK": "ACK", "BCC": "BCC", "BKL": "SEK", "MEL": "MEL", "NV": "NEV", "SCC": "SCC"}
_HAM = {"AK": "akiec"} | {label: label.lower() for label in ("BCC", "BKL", "DF", "MEL", "NV")}
_HAM |= {"VASC": "vasc"}
_FOLDERS = {
    "AK": "actinic keratosis",
    "BCC": "basal cell carcinoma",
    "BKL": "pigmented benign keratosis",
    "DF": "dermatofibroma",
    "MEL": "melanoma",
    "NV": "nevus",
    "SCC": "squamous cell carcinoma",
    "VASC": "vascular lesion",
}
_SIDES: tuple[Split, ...] = ("train", "validation", "test", "train", "train")
_SITES = ("FACE", "FOREARM", "CHEST", "BACK", "ARM", "NOSE", "HAND", "NECK")
_HAM_SITES = ("back", "lower extremity", "trunk", "upper extremity", "face")
_ISIC_SITES = ("anterior torso", "upper extremity", "lower extremity", "head/neck")
_SYMPTOMS = ("itch", "grew", "hurt", "changed", "bleed", "elevation")
# PAD-UFES-20: the part of rows without history, and with UNK for `grew` and `changed`.
_NO_HISTORY = {"AK": 0.62, "BKL": 0.78, "NV": 0.70}
_UNKNOWN_CHANGE = {"BCC": 0.31, "SCC": 0.39, "MEL": 0.15, "NV": 0.13, "BKL": 0.04}
_HISTORY = (
    "smoke", "drink", "background_father", "background_mother", "pesticide", "gender",
    "skin_cancer_history", "cancer_history", "has_piped_water", "has_sewage_system",
    "fitspatrick", "diameter_1", "diameter_2",
)  # fmt: skip
PAD_COLUMNS = (
    "patient_id", "lesion_id", "smoke", "drink", "background_father", "background_mother", "age",
    "pesticide", "gender", "skin_cancer_history", "cancer_history", "has_piped_water",
    "has_sewage_system", "fitspatrick", "region", "diameter_1", "diameter_2", "diagnostic", "itch",
    "grew", "hurt", "changed", "bleed", "elevation", "img_id", "biopsed",
)  # fmt: skip


@dataclass(frozen=True)
class _Lesion:
    """One lesion of one patient, and how many photos there are of it."""

    number: int
    patient: int
    label: str
    side: Split
    tone: int  # Fitzpatrick
    age: int
    sex: str
    symptoms: dict[str, bool]
    diameter: int  # mm
    photos: int


def write_data_set(
    folder: Path,
    *,
    layout: Layout,
    photos: int,
    seed: int = 0,
    size: tuple[int, int] = (160, 120),
    plain: bool = False,
    copies: int = 0,
    broken: int = 0,
) -> None:
    """Write ``photos`` photos of ``size`` (width, height), with table or folders, into ``folder``.

    The same arguments give the same files. ``plain``: spots in a colour of the label's own, which a
    tiny network tells apart within two epochs. The photos of the last ``copies`` lesions are those
    of the first ones mirrored, under names of their own; ``broken`` files are cut short.
    """
    labels = {"pad": tuple(_PAD), "ham": tuple(_HAM)}.get(layout, ISIC2019)
    drawn = 10 * seed + get_args(Layout).index(layout)  # other pictures for each layout
    rng = np.random.default_rng(drawn)
    lesions = list(_lesions(labels, photos, rng))
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []

    def draw(lesion: _Lesion, place: int, path: Path) -> Path:
        twin = lesion.number - (len(lesions) - copies)
        shown = lesions[twin] if twin >= 0 else lesion
        picture = (_spot if plain else _view)(shown, min(place, shown.photos - 1), drawn, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        (ImageOps.mirror(picture) if twin >= 0 else picture).save(path, quality=92)
        files.append(path)
        return path

    _WRITERS[layout](folder, lesions, draw, rng)
    for path in files[:broken]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _lesions(labels: Sequence[str], photos: int, rng: Random) -> Iterator[_Lesion]:
    number = patient = made = 0
    for turn in count():
        for place, label in enumerate(labels):
            if made == photos:
                return
            if place % 2 == 0:  # each patient has two lesions
                patient += 1
                tone, sex = int(rng.integers(1, 7)), ("FEMALE", "MALE")[rng.integers(2)]
            here = min(int(rng.integers(1, 4)), photos - made)
            cancer = label in MALIGNANT
            yield _Lesion(
                number=number,
                patient=patient,
                label=label,
                side=_SIDES[turn % len(_SIDES)],
                tone=tone,
                age=int(np.clip(rng.normal(67 if cancer or label == "AK" else 42, 12), 8, 94)),
                sex=sex,
                symptoms={
                    name: bool(rng.random() < (0.6 if cancer else 0.2)) for name in _SYMPTOMS
                },
                diameter=int(rng.integers(3, 20)),
                photos=here,
            )
            number, made = number + 1, made + here


def _view(lesion: _Lesion, place: int, seed: int, size: tuple[int, int]) -> Image.Image:
    """One photo of a lesion: a part of a larger drawing of it."""
    width, height = size
    whole = lesion_photo(
        1000 * seed + lesion.number,
        skin_tone=lesion.tone,
        kind=_KINDS[lesion.label],
        size=(2 * width, 2 * height),
    )
    rng = np.random.default_rng([seed, lesion.number, place])
    left, top = (
        int(rng.integers(width // 3, width * 2 // 3)),
        int(rng.integers(height // 3, height * 2 // 3)),
    )
    part = whole.crop((left, top, left + width, top + height))
    light = rng.uniform(0.9, 1.1)
    return marked(part.point(lambda level: level * light))


def _spot(lesion: _Lesion, place: int, seed: int, size: tuple[int, int]) -> Image.Image:
    rng = np.random.default_rng([seed, lesion.number, place])
    return spot(rng, _COLOURS[lesion.label], size)


class _Names:
    """Numbers in order whose names fall on the side that is asked for."""

    def __init__(self, pattern: str, identity: str):
        self._pattern, self._identity, self._known = pattern, identity, {}
        self._next = count(1)
        self._spare: dict[Split, list[str]] = {"train": [], "validation": [], "test": []}

    def of(self, key: int, side: Split) -> str:
        while key not in self._known:
            if self._spare[side]:
                self._known[key] = self._spare[side].pop(0)
                break
            name = self._pattern.format(next(self._next))
            self._spare[split_of(f"{self._identity}:{name}")].append(name)
        return self._known[key]


Draw = Callable[[_Lesion, int, Path], Path]


def _write_pad(folder: Path, lesions: list[_Lesion], draw: Draw, rng: Random) -> None:
    patients, rows = _Names("PAT_{}", PAD), []
    for lesion in lesions:
        patient = patients.of(lesion.patient, lesion.side)
        row = _pad_row(lesion, rng) | {"patient_id": patient, "lesion_id": str(lesion.number)}
        for place in range(lesion.photos):
            name = f"{patient}_{lesion.number}_{place}.png"
            draw(lesion, place, folder / "images" / f"imgs_part_{1 + lesion.number % 3}" / name)
            rows.append(row | {"img_id": name})
    _write_table(folder / "metadata.csv", PAD_COLUMNS, rows)


def _pad_row(lesion: _Lesion, rng: Random) -> dict[str, str]:
    symptoms = {name: str(value) for name, value in lesion.symptoms.items()}
    if rng.random() < _UNKNOWN_CHANGE.get(lesion.label, 0):
        symptoms |= {"grew": "UNK", "changed": "UNK"}
    history = {
        name: str(bool(rng.random() < 0.4)) for name in _HISTORY if not name.startswith("back")
    } | {
        "background_father": "GERMANY",
        "background_mother": "ITALY",
        "gender": lesion.sex,
        "fitspatrick": f"{lesion.tone}.0",
        "diameter_1": f"{lesion.diameter}.0",
        "diameter_2": f"{max(1, lesion.diameter - 2)}.0",
    }
    if rng.random() < _NO_HISTORY.get(lesion.label, 0):
        history = dict.fromkeys(_HISTORY, "")
    return {
        **history,
        **symptoms,
        "age": str(lesion.age),
        "region": _SITES[lesion.number % len(_SITES)],
        "diagnostic": _PAD[lesion.label],
        "biopsed": str(lesion.label in MALIGNANT),
    }


def _write_ham(folder: Path, lesions: list[_Lesion], draw: Draw, rng: Random) -> None:
    names, photos, rows = _Names("HAM_{:07d}", HAM), count(24306), []
    for lesion in lesions:
        for place in range(lesion.photos):
            image = f"ISIC_{next(photos):07d}"
            part = f"HAM10000_images_part_{1 + lesion.number % 2}"
            draw(lesion, place, folder / part / f"{image}.jpg")
            rows.append(
                {
                    "lesion_id": names.of(lesion.number, lesion.side),
                    "image_id": image,
                    "dx": _HAM[lesion.label],
                    "dx_type": "histo" if lesion.label in MALIGNANT else "follow_up",
                    "age": f"{5 * (lesion.age // 5)}.0" if lesion.number % 20 else "",
                    "sex": lesion.sex.lower() if lesion.number % 20 else "unknown",
                    "localization": _HAM_SITES[lesion.number % len(_HAM_SITES)],
                }
            )
    _write_table(folder / "HAM10000_metadata.csv", tuple(rows[0]), rows)


def _write_isic(folder: Path, lesions: list[_Lesion], draw: Draw, rng: Random) -> None:
    names, photos, truth, told = _Names("BCN_{:07d}", ISIC), count(1), [], []
    for lesion in lesions:
        nameless = lesion.side == "train" and lesion.number % 9 == 8
        for place in range(lesion.photos):
            image = f"ISIC_9{next(photos):06d}"
            draw(lesion, place, folder / "ISIC_2019_Training_Input" / f"{image}.jpg")
            columns = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")
            truth.append({"image": image} | {c: f"{float(c == lesion.label)}" for c in columns})
            told.append(
                {
                    "image": image,
                    "age_approx": f"{5 * (lesion.age // 5)}.0",
                    "anatom_site_general": _ISIC_SITES[lesion.number % len(_ISIC_SITES)],
                    "lesion_id": "" if nameless else names.of(lesion.number, lesion.side),
                    "sex": lesion.sex.lower(),
                }
            )
    _write_table(folder / "ISIC_2019_Training_GroundTruth.csv", tuple(truth[0]), truth)
    _write_table(folder / "ISIC_2019_Training_Metadata.csv", tuple(told[0]), told)


def _write_folders(folder: Path, lesions: list[_Lesion], draw: Draw, rng: Random) -> None:
    for lesion in lesions:
        part = "test" if lesion.number % 5 == 2 else "train"
        below = f"{part}/{_FOLDERS[lesion.label]}"
        names = _Names(below + f"/{lesion.number}-{{}}.jpg", folder.name)
        for place in range(lesion.photos):
            draw(lesion, place, folder / names.of(place, lesion.side))


def _write_portal(folder: Path, lesions: list[_Lesion], draw: Draw, rng: Random) -> None:
    patients, photos, rows, hashes = _Names("p{:05d}", layout_portal.NAME), count(1), [], {}
    for lesion in lesions:
        facts = {
            "age": f"{lesion.age}",
            "sex": lesion.sex.lower(),
            "site": _SITES[lesion.number % len(_SITES)].lower(),
            **{name: str(value) for name, value in lesion.symptoms.items()},
            "diameter_mm": f"{lesion.diameter}",
            "skin_type": f"{lesion.tone}",
        }
        for place in range(lesion.photos):
            name = f"f{next(photos):06d}"
            path = draw(lesion, place, folder / "images" / f"{name}.jpg")
            hashes[f"images/{name}.jpg"] = hashlib.sha256(path.read_bytes()).hexdigest()
            row = dict.fromkeys(layout_portal.COLUMNS, "") | facts
            rows.append(
                row
                | {
                    "photo": name,
                    "case": f"c{lesion.number:05d}",
                    "lesion": f"l{lesion.number:05d}",
                    "patient": patients.of(lesion.patient, lesion.side),
                    "kind": ("close_up", "side", "dermoscopic")[place],
                    "diagnosis": lesion.label,
                    "proven": str(lesion.label in MALIGNANT),
                    "confidence": "2",
                }
            )
    _write_table(folder / "cases.csv", layout_portal.COLUMNS, rows)
    hashes["cases.csv"] = hashlib.sha256((folder / "cases.csv").read_bytes()).hexdigest()
    _describe_export(folder, hashes)


def _describe_export(folder: Path, hashes: dict[str, str]) -> None:
    described = {
        "format": layout_portal.FORMAT,
        "version": layout_portal.VERSION,
        "exported_at": "2026-01-01T00:00:00Z",
        "portal": "generated",
        "consent": "generated",
        "files": hashes,
        "left_out": {"consent withdrawn": 3},
    }
    (folder / "manifest.json").write_text(json.dumps(described, indent=1) + "\n")


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", newline="") as stream:
        table = csv.DictWriter(stream, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


_WRITERS: dict[str, Callable[[Path, list[_Lesion], Draw, Random], None]] = {
    "pad": _write_pad,
    "ham": _write_ham,
    "isic": _write_isic,
    "folders": _write_folders,
    "portal": _write_portal,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.generated", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--layout", choices=get_args(Layout), default="pad")
    parser.add_argument("--photos", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="spots that are told apart at once")
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--height", type=int, default=120)
    chosen = parser.parse_args(arguments)
    write_data_set(
        chosen.out,
        layout=chosen.layout,
        photos=chosen.photos,
        seed=chosen.seed,
        size=(chosen.width, chosen.height),
        plain=chosen.plain,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
