"""What can be trained, as Python values."""

from __future__ import annotations

from dataclasses import dataclass

from inference.preprocessing import Colour

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
