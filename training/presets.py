"""What can be trained, as Python values: the released networks and the studies', one a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from inference.labels import BINARY, ISIC2019
from inference.preprocessing import Colour
from training.augment import NONE, STUDY_B, STUDY_C, STUDY_D, Augmentation
from training.networks.catalogue import NETWORKS, Network
from training.synthetic import Experiment

IMAGENET = "imagenet"  # initial weights that Keras fetches, or that the --init folder holds
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Stage:
    """Some epochs in which a part of the network learns; the rest stays as it is."""

    epochs: int
    learning_rate: float  # the highest
    layers: str | int = "all"  # what learns, as `zoo.release_layers` takes it


@dataclass(frozen=True)
class Preset:
    """A recipe: everything that decides a run besides the photos and the weights to start from."""

    name: str  # also the run's folder
    network: str  # key of training.zoo.NETWORKS
    stages: tuple[Stage, ...]
    initial_weights: str | None = None  # file in the --init folder, or IMAGENET; None: from nothing
    start_met: str = ""  # what the initial weights had learnt from, where that matters
    labels: tuple[str, ...] = ISIC2019
    size: int = 128  # pixels of a view
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    colour: Colour = "as_is"
    serve_size: int = 160  # pixels when released: views are zoomed, so photos suit a larger one
    batch: int = 32
    schedule: Literal["cosine", "plateau"] = "cosine"  # plateau: halved after three without gain
    warm_up: int = 100  # steps
    weight_decay: float = 0.02
    clip: float = 1.0  # norm of the gradient
    average: float = 0.95  # of the weights over steps of AVERAGE_EVERY; 0: the last ones
    keep: Literal["best", "last"] = "last"  # by validation loss
    patience: int = 0  # epochs without a better validation loss; 0: never stop early
    balance: float = 0.5  # a class of n photos is drawn n ** (1 - balance) times: 1 all the same
    smartphone_share: float = 0.25  # of the draws, where there are smartphone photos and others
    draws: int | None = None  # photos an epoch; None: as many as there are
    validate_on: int | None = None  # photos of the validation part, drawn by hash; None: all
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
    stages=(Stage(1, 1e-3, "head"), Stage(8, 3e-4, "block5_sepconv1")),
    draws=5000,
)
"""The teacher: Xception from ImageNet, its entry flow kept.

``python -m training.train xception --data DIR --init DIR``: 21 minutes on two cores beside other
work. Figures of this and the next three: docs/training.md.
"""

DENSENET121 = Preset(
    name="densenet121",
    network="densenet121",
    initial_weights="densenet121_derm_backbone.weights.h5",
    start_met="These initial weights had learnt from all photos of both data sets.",
    stages=(Stage(1, 1e-3, "head"), Stage(16, 4e-4, "conv3_block1_0_bn")),
    teachers=("xception",),
    draws=5000,
)
"""The default: DenseNet-121 distilled from Xception on the same views, its first block kept.

``python -m training.train densenet121 --data DIR --init DIR``, after ``xception``: 38 minutes for
the 12 epochs after which the released one was stopped, to go on with larger images.
"""

MOBILENETV2 = Preset(
    name="mobilenetv2",
    network="mobilenetv2",
    initial_weights="mobilenetv2_torchvision_imagenet_1000.keras",
    stages=(Stage(9, 5e-4),),
    teachers=("xception", "densenet121"),
    teaching=0.6,
    smartphone_share=0.35,
    draws=5000,
    serve_size=128,
)
"""The lighter network, distilled from both others on the same views.

``python -m training.train mobilenetv2 --data DIR --init DIR``, after ``densenet121``: 21 minutes.
HAM10000 accuracy 0.82, balanced 0.72, melanoma AUC 0.90; PAD-UFES-20 malignancy AUC 0.85.
"""

DENSENET121_GROWN = Preset(
    name="densenet121-grown",
    network="densenet121",
    initial_weights="densenet121/network.weights.npz",
    start_met=DENSENET121.start_met,
    stages=(Stage(6, 1.5e-4, "conv3_block1_0_bn"),),
    teachers=("xception", "densenet121", "mobilenetv2"),
    teaching=0.6,
    smartphone_share=0.4,
    draws=3000,
    size=160,
)
"""The released one: the run before goes on with larger images and more smartphone photos.

``python -m training.train densenet121-grown --data DIR --init runs``, after ``mobilenetv2``: 16
minutes. As it is released, ``--mirrored``: HAM10000 0.82, 0.75, 0.90; PAD-UFES-20 0.88, with
history 0.93.
"""

TRIAL = Preset(
    name="trial",
    network="mobilenetv2",
    stages=(Stage(2, 2e-3),),
    size=64,
    serve_size=64,
    draws=256,
    precision="float32",
)
"""The whole chain in a minute, on data that `training.generated` drew: it learns next to nothing.

``python -m training.generated --out DATA && python -m training.train trial --data DATA``
"""

_BY_STAGES = (Stage(2, 1e-3, "head"), Stage(28, 1e-4, "upper half"))
_GRADUALLY = (Stage(2, 1e-3, "head"), Stage(8, 1e-4, "upper half"), Stage(20, 3e-5))  # chapter E
_OF_B: dict[str, Any] = {"augmentation": STUDY_B, "colour": "shades_of_grey"}
_BESIDES: dict[str, Any] = {"stages": _GRADUALLY, "mixup": 0.2, "keep": "best", "patience": 5}
_RECIPES: dict[str, dict[str, Any]] = {  # network -> its study's recipe; rates not given are ours
    "a_cnn": {"stages": (Stage(20, 1e-3),), "augmentation": NONE},
    "a_mobilenet": {"stages": (Stage(20, 1e-4),), "augmentation": NONE},
    "a_densenet121": {"stages": (Stage(20, 1e-4),), "augmentation": NONE},
    "b_cnn": {"stages": (Stage(35, 1e-2),), "schedule": "plateau", **_OF_B},
    "b_vgg16": {"stages": _BY_STAGES, **_OF_B},
    "b_inceptionv3": {"stages": _BY_STAGES, **_OF_B},
    "b_densenet201": {"stages": _BY_STAGES, **_OF_B},
    "b_mobilenet": {"stages": (Stage(30, 1e-3, 23),), **_OF_B},
    "c_cnn": {"stages": (Stage(25, 1e-3),), "augmentation": STUDY_C},
    "d_cnn": {"stages": (Stage(20, 1e-3),), "augmentation": STUDY_D},
    "d_resnet50": {"stages": (Stage(20, 1e-3, "head"),), "augmentation": STUDY_D},
    "resnet50": _BESIDES,
    "mobilenetv2_keras": _BESIDES,
}


def _of_a_study(network: Network) -> Preset:
    """A study's network and recipe on our photos, without what the studies didn't use."""
    mean, std = network.scaling
    return Preset(
        name=f"compare-{network.name.replace('_', '-')}",
        network=network.name,
        initial_weights=IMAGENET if network.backbone else None,
        labels=BINARY if network.labels == BINARY else ISIC2019,
        size=network.size,
        serve_size=network.size,
        mean=mean,
        std=std,
        weight_decay=0,
        average=0,
        balance=0,
        smartphone_share=0,
        smoothing=0,
        **_RECIPES[network.name],
    )


_B_CNN = _of_a_study(NETWORKS["b_cnn"])
COMPARED = (
    *(_of_a_study(NETWORKS[name]) for name in _RECIPES),
    *(
        replace(_B_CNN, name=f"{_B_CNN.name}-{kind}", synthetic=kind)
        for kind in ("slices", "shuffled", "all")
    ),
)
"""The studies' networks by their recipes, on the labels of ISIC 2019 (or benign and malignant).

``compare-b-cnn`` and the three after it are study B's experiments with synthetic samples.

``python -m training.train compare-a-cnn --data DIR``; those on a backbone start from ImageNet
weights that Keras fetches, from a file of them in ``--init DIR``, or ``--init nothing``. In full
they cost hours on a GPU and days on two cores: `training.compare` runs them in a stated short form.
"""

TRAINABLE = {
    preset.name: preset
    for preset in (XCEPTION, DENSENET121, MOBILENETV2, DENSENET121_GROWN, TRIAL, *COMPARED)
}


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
