"""The networks that can be trained: those of the studies the project grew from, and our own.

``python -m training.zoo [--init DIR]`` prints them, with ``--init`` also what each would start
from there. Importing this module imports neither Keras nor TensorFlow; building a network does.

A network can be trained on any labels; `Network.labels` and the counts are its source's. Each
takes RGB photos through `inference.preprocessing`, scaled as `Network.scaling` says.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inference.engines import import_tensorflow
from training.networks import StartingWeightsMissing, UnknownNetwork, is_head
from training.networks.catalogue import NETWORKS, SOURCES, Network, Stage

if TYPE_CHECKING:
    import keras

Start = Literal["imagenet"] | Path | None  # fetched by Keras; a file or folder; nothing


def network_named(name: str) -> Network:
    """Raises `UnknownNetwork`."""
    if name not in NETWORKS:
        raise UnknownNetwork(f"There is no network {name!r}: python -m training.zoo lists them.")
    return NETWORKS[name]


def build(
    network: Network, *, classes: int | None = None, size: int | None = None, start: Start = None
) -> keras.Model:
    """The network, all of it trainable.

    Its outputs are ``logits`` (N, classes), ``features`` (N, channels) and ``evidence`` (N, h, w,
    classes), whose mean over h and w is the logit; one place unless `Network.explains`. The
    softmax of the logits gives the probabilities, also where the source ends in a sigmoid.

    ``classes`` and ``size`` are the source's unless given; a network on a backbone takes any size.
    ``start`` may be a folder to look in (`starting_file`). Of a run's weights for other classes
    the backbone is kept and the head is new. Raises `StartingWeightsMissing`, `WrongWeights`.
    """
    import_tensorflow()
    from training.networks import start as starting

    if isinstance(start, Path):
        start = starting_file(network, start)
    classes = classes or len(network.labels)
    if network.is_released:
        return starting.released(network, classes=classes, start=start)
    if network.backbone is None:
        return starting.small(network, classes=classes, size=size or network.size, start=start)
    return starting.transfer(network, classes=classes, start=start)


def starting_file(network: Network, init: Path) -> Path:
    """``init`` itself unless it is a folder; there the first of `Network.files`.

    Raises `StartingWeightsMissing`.
    """
    if not init.is_dir():
        return init
    for name in network.files:
        if (init / name).is_file():
            return init / name
    wanted = " or ".join(network.files) or "a file of this network; name it"
    raise StartingWeightsMissing(f"{init} holds nothing to start {network.name} from: {wanted}.")


def release_layers(model: keras.Model, stage: Stage) -> int:
    """Let ``stage`` of the network learn and freeze the rest; gives the parameters that learn.

    A stage is "head", "upper half", "all", a number of last layers, or how the name of the first
    layer to learn begins. The head always learns. Frozen batch normalisation keeps its statistics,
    also in training. Release before compiling: a compiled step keeps what it was compiled with.
    Raises ``ValueError`` for layers that there aren't.
    """
    first = _first_layer(model, stage)
    for place, layer in enumerate(model.layers):
        layer.trainable = place >= first or is_head(layer.name)
    return trainable_parameters(model)


def _first_layer(model: keras.Model, stage: Stage) -> int:
    count = len(model.layers)
    named = {"head": count, "upper half": count // 2, "all": 0}
    if stage in named:
        return named[stage]
    if isinstance(stage, int) and 0 < stage <= count:
        return count - stage
    for place, layer in enumerate(model.layers):
        if isinstance(stage, str) and stage and layer.name.startswith(stage):
            return place
    raise ValueError(f"{model.name} has {count} layers; {stage!r} can't be released.")


def trainable_parameters(model: keras.Model) -> int:
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


def table(init: Path | None = None) -> str:
    """Every network in a line of its own, then the sources and what they leave open."""
    rows = [("network", "from", "input", "outputs", "parameters", "trained", "stages", "start")]
    rows += [_row(network, init) for network in NETWORKS.values()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {4, 5}
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    remarks = [f"{one.name}: {one.remark}" for one in NETWORKS.values() if one.remark]
    sources = [f"{source}: {title}" for source, title in SOURCES.items()]
    return "\n".join([*lines, "", *sources, "", *remarks])


def _row(network: Network, init: Path | None) -> tuple[str, ...]:
    stages = ", ".join(f"last {one}" if isinstance(one, int) else one for one in network.stages)
    starts = (["imagenet"] if network.backbone else []) + ["file", "nothing"]
    if init is not None:
        try:
            starts = [starting_file(network, init).name]
        except StartingWeightsMissing:
            starts = ["nothing there"]
    return (
        network.name,
        network.source,
        f"{network.size} x {network.size} x 3",
        f"{len(network.labels)} {network.probabilities}",
        f"{network.parameters:,}",
        f"{network.trainable:,}",
        stages,
        ", ".join(starts),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.zoo", description="List networks.")
    parser.add_argument("--init", type=Path, help="folder of weights to start from")
    print(table(parser.parse_args().init))


if __name__ == "__main__":
    main()
