"""What can be trained, as Python values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from inference.labels import ISIC2019
from inference.preprocessing import Colour
from training.augment import Augmentation
from training.synthetic import Experiment

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class HeadPreset:
    """A new dense layer on the features of a network that has learnt from skin before."""

    version: str  # of the artifact; versions sort by name, newest last
    network: str  # key of inference.model.BUILDERS
    initial_weights: str  # file in the --init folder
    size: int  # pixels
    colour: Colour
    decay: float  # of the layer on standardised features
    balance: float  # a class of n photos weighs n ** (1 - balance): 0 as found, 1 all the same
    smartphone_share: float  # of the weight of all photos, that of the smartphone ones


DENSENET121_HEAD = HeadPreset(
    version="2026.11-densenet121",
    network="densenet121",
    initial_weights="densenet121_derm_backbone.weights.h5",
    size=160,
    colour="as_is",
    decay=0.05,
    balance=0.5,
    smartphone_share=0.3,
)
"""DenseNet-121 at 160 px, only the dense layer fitted.

``python -m training.release --data DIR --init DIR``: about six minutes on two CPU cores. The
figures are in the MODEL_CARD.md that it writes. On the validation part, with a layer fitted at
each size: 160 px beats 128 (PAD-UFES-20 balanced accuracy 0.71 against 0.67, HAM10000 0.75 against
0.73) and equals 224 px (0.69, 0.75) at half its cost.
"""

PRESETS = {preset.version: preset for preset in (DENSENET121_HEAD,)}


@dataclass(frozen=True)
class Stage:
    """Some epochs in which the layers from ``first_layer`` on learn; those before it stay."""

    epochs: int
    learning_rate: float  # the highest
    first_layer: str = ""  # its name begins so; "" is the whole network


@dataclass(frozen=True)
class Preset:
    """A recipe: everything that decides a run besides the photos and the weights to start from."""

    name: str  # also the run's folder
    network: str  # key of inference.model.BUILDERS
    stages: tuple[Stage, ...]
    initial_weights: str | None = None  # file in the --init folder; None: from nothing
    start_met: str = ""  # what the initial weights had learnt from, where that matters
    labels: tuple[str, ...] = ISIC2019
    size: int = 128  # pixels of a view
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    colour: Colour = "as_is"
    serve_size: int = 160  # pixels when released: views are zoomed, so photos suit a larger one
    batch: int = 32
    schedule: Literal["cosine", "plateau"] = "cosine"  # plateau: halved after two without gain
    warm_up: int = 100  # steps
    weight_decay: float = 0.02
    clip: float = 1.0  # norm of the gradient
    average: float = 0.95  # of the weights over steps of AVERAGE_EVERY; 0: the last ones
    keep: Literal["best", "last"] = "last"  # by validation loss
    patience: int = 0  # epochs without a better validation loss; 0: never stop early
    balance: float = 0.5  # a class of n photos is drawn n ** (1 - balance) times: 1 all the same
    smartphone_share: float = 0.25  # of the draws, where there are smartphone photos and others
    draws: int | None = None  # photos an epoch; None: as many as there are
    teachers: tuple[str, ...] = ()  # runs whose mean probabilities are learnt from
    teaching: float = 0.7  # weight of the teachers beside the labels
    smoothing: float = 0.05  # of the labels
    mixup: float = 0.0  # alpha of its beta distribution; 0: none
    synthetic: Experiment = "none"  # what is learnt from besides, or instead of, whole photos
    augmentation: Augmentation = field(default_factory=Augmentation)
    precision: Literal["float32", "mixed_bfloat16"] = "mixed_bfloat16"
    seed: int = 1


XCEPTION = Preset(
    name="xception",
    network="xception",
    initial_weights="xception_imagenet_notop.weights.h5",
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    stages=(Stage(1, 1e-3, "evidence"), Stage(8, 3e-4, "block5_sepconv1")),
    draws=5000,
)
"""The teacher: Xception from ImageNet, its entry flow kept.

``python -m training.train xception --data DIR --init DIR``
"""

MOBILENETV2 = Preset(
    name="mobilenetv2",
    network="mobilenetv2",
    initial_weights="mobilenetv2_torchvision_imagenet_1000.keras",
    stages=(Stage(14, 5e-4),),
    teachers=("xception",),
    teaching=0.6,
)
"""The lighter network, distilled from Xception on the same views.

``python -m training.train mobilenetv2 --data DIR --init DIR``, after ``xception``.
"""

DENSENET121 = Preset(
    name="densenet121",
    network="densenet121",
    initial_weights="densenet121_derm_backbone.weights.h5",
    start_met="These initial weights had learnt from all photos of both data sets.",
    stages=(Stage(1, 1e-3, "evidence"), Stage(12, 3e-4)),
    teachers=("xception", "mobilenetv2"),
)
"""The default: DenseNet-121 distilled from both other networks on the same views.

``python -m training.train densenet121 --data DIR --init DIR``, after its teachers.
"""

TRAINABLE = {preset.name: preset for preset in (XCEPTION, MOBILENETV2, DENSENET121)}


def preset_from(values: Mapping[str, Any]) -> Preset:
    """The preset that ``asdict`` and JSON made ``values`` of."""
    known = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    known["stages"] = tuple(Stage(**stage) for stage in values["stages"])
    known["augmentation"] = Augmentation(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values["augmentation"].items()
        }
    )
    return Preset(**known)
