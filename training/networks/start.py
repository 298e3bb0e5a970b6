"""What a network starts from: ImageNet weights fetched by Keras, a file, or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import h5py
import keras
import numpy as np

from inference.model import BUILDERS as RELEASED
from training.networks import StartingWeightsMissing, WrongWeights, is_head
from training.networks.catalogue import Network
from training.networks.small import BUILDERS as SMALL
from training.networks.transfer import HEADS, backbone

Start = Literal["imagenet"] | Path | None

OF_A_RUN = ".npz"  # the whole network by variable path, as training keeps it


def small(network: Network, *, classes: int, size: int, start: Start) -> keras.Model:
    """One of `training.networks.small`. Raises `WrongWeights`, `StartingWeightsMissing`."""
    if start == "imagenet":
        raise StartingWeightsMissing(f"There are no ImageNet weights of {network.name}.")
    model = SMALL[network.name](classes=classes, size=size)
    if start is not None:
        _kind_of(start, allowed=(OF_A_RUN,))
        assign_backbone(model, start)
    return model


def transfer(network: Network, *, classes: int, start: Start) -> keras.Model:
    """A backbone with a new head. Raises `WrongWeights`, `StartingWeightsMissing`."""
    kind = _kind_of(start, allowed=(".h5", OF_A_RUN)) if isinstance(start, Path) else None
    body = fetched(network.backbone) if start == "imagenet" else backbone(network.backbone)
    if kind == ".h5":
        _loading(start, len(body.weights), lambda: body.load_weights(start))
    model = HEADS[network.head](body, classes=classes, name=network.name, dropout=network.dropout)
    if kind == OF_A_RUN:
        assign_backbone(model, start)
    return model


def released(network: Network, *, classes: int, start: Start) -> keras.Model:
    """One of `inference.model`. Raises `WrongWeights`, `StartingWeightsMissing`."""
    build = RELEASED[network.name]
    if start is None:
        return build(classes=classes)
    if start == "imagenet":
        if network.backbone is None:
            raise StartingWeightsMissing(
                f"Keras has no ImageNet weights that fit {network.name}: pass a file by --init."
            )
        with tempfile.TemporaryDirectory() as scratch:
            weights = Path(scratch) / "imagenet.weights.h5"
            fetched(network.backbone).save_weights(weights)
            return build(classes=classes, weights=str(weights))
    model = build(classes=classes)
    # The released form that Keras has no backbone of comes as a whole model.
    own = ".h5" if network.backbone else ".keras"
    if _kind_of(start, allowed=(own, OF_A_RUN)) == own:
        count = sum(not is_head(one.path.split("/")[0]) for one in model.weights)
        return _loading(start, count, lambda: build(classes=classes, weights=str(start)))
    assign_backbone(model, start)
    return model


def fetched(body: str) -> keras.Model:
    """The backbone with ImageNet weights, downloaded or from Keras' own cache."""
    try:
        return backbone(body, weights="imagenet")
    except Exception as error:  # Keras raises exactly this class where a download fails
        reason = str(error).splitlines()[0]
        raise StartingWeightsMissing(
            f"The ImageNet weights of {body} could not be fetched ({reason}): "
            "pass a file with them by --init."
        ) from error


def assign_backbone(model: keras.Model, run: Path) -> list[str]:
    """Put a run's weights into ``model``; gives the paths of the head's that don't fit.

    A head for other classes keeps its fresh weights. Raises `WrongWeights` where anything else
    differs, before anything is changed.
    """
    with np.load(run) as stored:
        weights = {path: stored[path] for path in stored.files if not _is_random_state(path)}
    variables = {variable.path: variable for variable in model.weights}
    fitting = {
        path
        for path in variables.keys() & weights.keys()
        if tuple(variables[path].shape) == weights[path].shape
    }
    differing = sorted((variables.keys() | weights.keys()) - fitting)
    strange = [path for path in differing if not is_head(path.split("/")[0])]
    if strange:
        raise WrongWeights(f"{run} is of another network than {model.name}: {strange[0]} differs.")
    for path in fitting:
        variables[path].assign(weights[path].astype(np.float32))
    return differing


def _is_random_state(path: str) -> bool:
    return path.startswith("seed_generator")  # of a Dropout


def _kind_of(file: Path, *, allowed: tuple[str, ...]) -> str:
    if not file.is_file():
        raise StartingWeightsMissing(f"There is no file {file} to start from.")
    if file.suffix not in allowed:
        raise WrongWeights(f"{file} can't start this network: it takes {' or '.join(allowed)}.")
    return file.suffix


def _loading(file: Path, arrays: int, load: Callable):
    """``load()``, where ``file`` holds as many arrays as the backbone has.

    Keras only warns of layers that it finds nothing for, and leaves them untrained.
    """
    try:
        if file.suffix == ".h5" and (held := _count_arrays(file)) != arrays:
            raise WrongWeights(f"{file} is of another network: {held} arrays, not {arrays}.")
        return load()
    except (ValueError, KeyError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise WrongWeights(f"{file} is of another network, or damaged: {reason}") from error


def _count_arrays(file: Path) -> int:
    found: list[str] = []
    with h5py.File(file) as stored:
        stored.visititems(
            lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None
        )
    return len(found)
