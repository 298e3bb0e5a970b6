"""Writing a released model: the files that `inference.artifact` reads."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from inference import artifact as artifacts
from inference import preprocessing
from inference.artifact import Artifact, Role, Spread
from inference.preprocessing import InputSpec
from inference.probability import Temperatures

CARD = "MODEL_CARD.md"
_UNFINISHED = ".release-"  # how the names of folders begin that no release is in yet


def round_to_half(network) -> None:
    """Round a Keras network's weights in place to what half precision can hold.

    Both engines then start from the same numbers. Raises ``ValueError`` for a weight that half
    precision can't hold.
    """
    for variable in network.weights:
        value = np.asarray(variable)
        with np.errstate(over="ignore"):  # what overflows is refused on the next line
            half = value.astype(np.float16).astype(np.float32)
        if not np.allclose(half, value, rtol=2e-3, atol=1e-6):
            raise ValueError(f"{variable.path} can't be stored in half precision.")
        variable.assign(half)


@dataclass(frozen=True)
class Description:
    """What artifact.json says of a release but for its files; see `inference.artifact.Artifact`."""

    version: str
    role: Role
    network: str
    mirrored: bool
    labels: tuple[str, ...]
    input: InputSpec
    temperatures: Temperatures
    thresholds: Mapping[str, float]
    training: Mapping[str, Any]
    data: tuple[Mapping[str, str], ...]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    history_thresholds: Mapping[str, float] = field(default_factory=dict)
    bfloat16: bool = False
    reference: Mapping[str, Spread] = field(default_factory=dict)
    preprocessing: str = preprocessing.VERSION


def write_network(network, folder: Path, *, mirror: bool) -> None:
    """Write a Keras model of `inference.model` for both engines, to be served ``mirror``-ed or not.

    ``network``'s weights have been rounded by `round_to_half`; the same ones give the same bytes.
    """
    from inference.model import mirrored  # Keras, which only who has a network has imported

    halves = {
        variable.path: np.asarray(variable).astype(np.float16) for variable in network.weights
    }
    np.savez(folder / artifacts.KERAS_WEIGHTS, **halves)
    served = mirrored(network) if mirror else network
    write_openvino(served, folder / artifacts.OPENVINO_MODEL)


def describe(folder: Path, description: Description) -> Artifact:
    """Write the description of what lies in ``folder``, with every file's hash, and read it back.

    The model card is left out: it is for people, and is written from what this returns.
    """
    names = sorted(path.name for path in folder.iterdir())
    files = {
        name: artifacts.file_sha256(folder / name)
        for name in names
        if name not in (artifacts.FILE, CARD)
    }
    fields = {"format": artifacts.FORMAT, **asdict(description), "files": files}
    (folder / artifacts.FILE).write_text(json.dumps(fields, indent=1, allow_nan=False) + "\n")
    return artifacts.read(folder)


@contextmanager
def unfinished(out: Path) -> Iterator[Path]:
    """A folder below ``out`` to make a release in; gone afterwards, whatever happens.

    One that a killed process has left is removed by the next: it is locked by nobody.
    """
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob(f"{_UNFINISHED}*"):
        with _locked(left) as alone:
            if alone:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=out, prefix=_UNFINISHED) as name, _locked(Path(name)):
        yield Path(name)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock until the end, or the process's; False where another one does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def publish(folder: Path, out: Path) -> Artifact:
    """Move a finished ``folder`` into ``out``, in place of one of that name, and read it back."""
    artifacts.read(folder)
    finished = out / folder.name
    if finished.exists():
        shutil.rmtree(finished)
    folder.rename(finished)
    return artifacts.read(finished)


def write_openvino(network, path: Path) -> None:
    """Write a Keras model of `inference.model` as ``path`` (.xml) and the .bin beside it."""
    import openvino

    converted = openvino.convert_model(network, input=[-1, -1, -1, 3])
    converted.input().get_tensor().set_names({"photos"})
    # The converter names outputs after tensors of the trace; serving asks for them by meaning.
    for name, output in zip(sorted(network.output), converted.outputs, strict=True):
        shape, expected = output.get_partial_shape(), network.output[name].shape
        if (shape.rank, shape[len(expected) - 1]) != (len(expected), expected[-1]):
            raise ValueError(f"The converter's outputs are not in the order expected at {name}.")
        output.get_tensor().set_names({name})
    with tempfile.TemporaryDirectory() as scratch:
        compressed = Path(scratch) / path.name
        openvino.save_model(converted, compressed, compress_to_fp16=True)
        write_named_anew(compressed, path)


def write_named_anew(source: Path, path: Path) -> None:
    """Copy an OpenVINO model, naming each operation by its place.

    The library numbers operations by a counter of the whole process; without this the same
    network would be another file each time.
    """
    import openvino

    network = openvino.Core().read_model(source)
    network.set_friendly_name("network")
    for place, operation in enumerate(network.get_ordered_ops()):
        operation.set_friendly_name(f"{operation.get_type_name()}_{place}")
    openvino.serialize(network, path, path.with_suffix(".bin"))
