"""Writing a released model: the files that `inference.artifact` reads."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from inference import artifact as artifacts
from inference import preprocessing
from inference.artifact import Artifact, Role
from inference.domain import Domain
from inference.preprocessing import InputSpec


def round_to_half(network) -> None:
    """Round a Keras network's weights in place to what half precision can hold.

    Both engines then start from the same numbers. Raises ``ValueError`` for a weight that half
    precision can't hold.
    """
    for variable in network.variables:
        value = np.asarray(variable)
        with np.errstate(over="ignore"):  # what overflows is refused on the next line
            half = value.astype(np.float16).astype(np.float32)
        if not np.allclose(half, value, rtol=2e-3, atol=1e-6):
            raise ValueError(f"{variable.path} can't be stored in half precision.")
        variable.assign(half)


def write_artifact(
    directory: Path,
    *,
    version: str,
    role: Role,
    network,
    network_name: str,
    labels: Sequence[str],
    spec: InputSpec,
    domain: Domain,
    temperature: float,
    thresholds: Mapping[str, float],
    metrics: Mapping[str, Any],
    training: Mapping[str, Any],
    data: Sequence[Mapping[str, str]],
) -> Artifact:
    """Write ``directory/version`` anew, whole or not at all, and read it back.

    The same network and figures give the same bytes. ``network`` is a Keras model of
    `inference.model` whose weights `round_to_half` has rounded.
    """
    unfinished = directory / f".{version}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    halves = {
        variable.path: np.asarray(variable).astype(np.float16) for variable in network.variables
    }
    np.savez(unfinished / artifacts.KERAS_WEIGHTS, **halves)
    write_openvino(network, unfinished / artifacts.OPENVINO_MODEL)
    domain.save(unfinished / artifacts.DOMAIN)
    description = {
        "format": artifacts.FORMAT,
        "version": version,
        "role": role,
        "network": network_name,
        "labels": list(labels),
        "input": asdict(spec),
        "preprocessing": preprocessing.VERSION,
        "temperature": temperature,
        "thresholds": dict(thresholds),
        "metrics": metrics,
        "training": dict(training),
        "data": list(data),
        "files": {name: artifacts.file_sha256(unfinished / name) for name in artifacts.FILES},
    }
    (unfinished / artifacts.FILE).write_text(json.dumps(description, indent=1) + "\n")
    finished = directory / version
    shutil.rmtree(finished, ignore_errors=True)
    unfinished.rename(finished)
    return artifacts.read(finished)


def write_openvino(network, path: Path) -> None:
    """Write a Keras model of `inference.model` as ``path`` (.xml) and the .bin beside it."""
    import openvino

    converted = openvino.convert_model(network, input=[-1, -1, -1, 3])
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
