"""What runs the network: Keras on TensorFlow (GPU), OpenVINO (CPU), behind one interface.

Neither library is imported before an engine of its kind is made.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from inference import artifact as artifacts
from inference.artifact import Artifact

NAMES = ("keras", "openvino", "openvino-f32", "openvino-int8")
Precision = Literal["best", "f32", "int8"]
BATCH = 8  # photos a call on the CPU: larger ones gain nothing and wait longer for the decoder
GPU_BATCH = 64


@dataclass(frozen=True)
class Outputs:
    """What the network says of N photos, in their order; N may be 0."""

    logits: np.ndarray  # (N, labels) float32
    evidence: np.ndarray  # (N, h, w, labels) float32; the mean over h and w is the logit
    features: np.ndarray  # (N, channels) float32

    @classmethod
    def joined(cls, parts: Iterable[Outputs]) -> Outputs:
        parts = list(parts)
        if not parts:
            return cls(np.zeros((0, 0)), np.zeros((0, 0, 0, 0)), np.zeros((0, 0)))
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("logits", "evidence", "features")
            )
        )


class Engine(Protocol):
    name: str  # with its precision or device: "openvino-bf16", "openvino-int8", "keras-gpu"
    batch: int  # photos a call that suits it

    def run(self, batches: Iterable[np.ndarray]) -> Outputs:
        """The outputs for all batches, (n, H, W, 3) float32 each, taken as they become ready."""
        ...


class UnknownEngine(ValueError):
    """INFERENCE_ENGINE is auto or one of `NAMES`, and int8 only for a model released in it."""


def choose(name: str = "auto") -> str:
    """One of `NAMES`.

    ``openvino`` is bfloat16 where the processor has it and the model bears it, else float32. The
    8-bit network is never chosen by itself: its probabilities are a little other than those that
    the figures are of.

    ``auto`` defers to INFERENCE_ENGINE; where that says auto too it is Keras if TensorFlow sees a
    GPU, else OpenVINO. TensorFlow, whose import takes seconds, is asked only on a machine that
    has a GPU's device file. Raises `UnknownEngine`.
    """
    if name == "auto":
        name = os.environ.get("INFERENCE_ENGINE") or "auto"
    if name == "auto":
        return "keras" if _has_gpu_device() and _tensorflow_sees_gpu() else "openvino"
    if name not in NAMES:
        known = f"auto, {', '.join(NAMES[:-1])} or {NAMES[-1]}"
        raise UnknownEngine(f"INFERENCE_ENGINE is {name!r}; it can be {known}.")
    return name


def check(artifact: Artifact, name: str) -> None:
    """Raises `UnknownEngine` where the artifact was not released for this engine."""
    if name == "openvino-int8" and not artifact.has_int8:
        raise UnknownEngine(
            f"Model {artifact.version} has no 8-bit network; set INFERENCE_ENGINE to openvino."
        )


def create(artifact: Artifact, name: str = "auto") -> Engine:
    """The engine chosen by ``name``, with the artifact's network loaded into it.

    Raises `UnknownEngine`.
    """
    chosen, size = choose(name), artifact.input.size
    check(artifact, chosen)
    if chosen == "keras":
        return KerasEngine(artifact)
    if chosen != "openvino-int8":
        precise = chosen == "openvino-f32" or not artifact.bfloat16
        model = artifact.file(artifacts.OPENVINO_MODEL)
        return OpenVinoEngine(model, size, "f32" if precise else "best")
    return OpenVinoEngine(artifact.file(artifacts.INT8_MODEL), size, "int8")


def every(artifact: Artifact) -> list[Engine]:
    """One of each that can run the artifact here; bfloat16 too where it isn't served in that."""
    best = OpenVinoEngine(artifact.file(artifacts.OPENVINO_MODEL), artifact.input.size)
    names = [name for name in NAMES if name != "openvino-int8" or artifact.has_int8]
    found = [best, *(create(artifact, name) for name in names if name != "openvino")]
    return list({engine.name: engine for engine in found}.values())


class KerasEngine:
    """The Keras network behind one compiled call; on a GPU where TensorFlow has one."""

    def __init__(self, artifact: Artifact):
        import_tensorflow()
        import tensorflow as tf

        from inference.model import BUILDERS, mirrored

        network = BUILDERS[artifact.network](classes=len(artifact.labels))
        with np.load(artifact.file(artifacts.KERAS_WEIGHTS)) as weights:
            assign_weights(network, weights)
        served = mirrored(network) if artifact.mirrored else network
        size = artifact.input.size
        signature = tf.TensorSpec((None, size, size, 3), tf.float32)
        self._call = tf.function(
            lambda images: served(images, training=False), input_signature=[signature]
        )
        gpu = bool(tf.config.list_physical_devices("GPU"))
        self.name = "keras-gpu" if gpu else "keras-cpu"
        self.batch = GPU_BATCH if gpu else BATCH

    def run(self, batches: Iterable[np.ndarray]) -> Outputs:
        parts = []
        for images in batches:
            answer = self._call(images)
            parts.append(Outputs(**{name: value.numpy() for name, value in answer.items()}))
        return Outputs.joined(parts)


class OpenVinoEngine:
    """The exported network on the CPU, in ``best`` precision (bfloat16 where the processor has it,
    else float32), in float32, or in int8 (for a network that was rounded to it).

    Several batches run at once, one a core, which is what gives throughput on few cores.
    """

    def __init__(self, model: Path, size: int, precision: Precision = "best"):
        """``model`` is the exported network's .xml, ``size`` the pixels of its input."""
        import openvino

        core = openvino.Core()
        network = core.read_model(model)
        network.reshape([-1, size, size, 3])
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        best = "bf16" if "BF16" in capabilities else "f32"
        floats = "f32" if precision == "f32" else best  # also of int8's few unrounded layers
        compiled = core.compile_model(
            network,
            "CPU",
            {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": floats},
        )
        count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self._requests = [compiled.create_infer_request() for _ in range(count)]
        self.name = f"openvino-{precision if precision == 'int8' else floats}"
        self.batch = BATCH

    def run(self, batches: Iterable[np.ndarray]) -> Outputs:
        # Requests in turn, the oldest awaited when all are busy. (The library's own queue calls
        # back into Python from its threads, and hung a process that was ending.)
        parts: list[Outputs] = []
        idle, busy = deque(self._requests), deque()
        try:
            for images in batches:
                if not idle:
                    idle.append(busy.popleft())
                    parts.append(_finished(idle[-1]))
                request = idle.popleft()
                request.start_async([np.ascontiguousarray(images)])
                busy.append(request)
            parts += [_finished(request) for request in busy]
        finally:
            for request in busy:  # where a batch raised: the next run finds all of them idle
                request.wait()
        return Outputs.joined(parts)


def _finished(request) -> Outputs:
    """Wait for an OpenVINO request and copy its answer out."""
    request.wait()
    return Outputs(**{name: request.get_tensor(name).data.copy() for name in _OUTPUT_NAMES})


_OUTPUT_NAMES = ("logits", "evidence", "features")


def assign_weights(network, weights: Mapping[str, np.ndarray]) -> None:
    """Put released weights (half precision, by variable path) into a Keras network."""
    variables = {variable.path: variable for variable in network.weights}
    if set(variables) != set(weights):
        differing = sorted(set(variables) ^ set(weights))[:3]
        raise artifacts.ArtifactCorrupt(f"The weights are of another network: {differing}...")
    for path, variable in variables.items():
        variable.assign(weights[path].astype(np.float32))


def import_tensorflow() -> None:
    """Import TensorFlow quietly, as the backend that Keras is to use."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow  # noqa: F401


def _has_gpu_device() -> bool:
    devices = Path("/dev")
    return any(devices.glob("nvidia[0-9]*")) or (devices / "dxg").exists()


def _tensorflow_sees_gpu() -> bool:
    import_tensorflow()
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
