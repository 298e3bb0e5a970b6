"""Networks on a backbone of `keras.applications`, with the heads that the studies put on them.

The backbone comes without its top and takes any image from 75 pixels up. The outputs of each model:

- ``logits`` (N, classes);
- ``features`` (N, channels): the backbone's, pooled;
- ``evidence`` (N, h, w, classes): where the head is linear the class activation map, whose mean
  is the logit outside training; the layers that make the logits make it too, so it costs no
  parameter. A head of several dense layers has the map of `training.networks.small`.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from inference.model import with_fixed_names
from training.networks.small import classified

BLUE_FIRST = frozenset({"VGG16", "ResNet50"})  # their ImageNet weights expect BGR


def backbone(name: str, *, weights: str | None = None) -> keras.Model:
    """`keras.applications`' network of that name without its top, for RGB input of any size.

    ``weights`` is ``"imagenet"`` or nothing. Its layers have the same names on every build.
    """
    image = keras.Input((None, None, 3), name="image")
    model = getattr(keras.applications, name)(
        include_top=False,
        weights=weights,
        input_tensor=image[..., ::-1] if name in BLUE_FIRST else image,
    )
    model = keras.Model(image, model.output)  # Keras makes a list of one of its input
    if name != "InceptionV3":
        return model
    named = with_fixed_names(model)
    named.set_weights(model.get_weights())
    return named


def pooled(body: keras.Model, *, classes: int, name: str, dropout: float) -> keras.Model:
    """Global average pooling, Dropout, one dense layer: seeds A (DenseNet-121) and B."""
    places = body.output
    features = layers.GlobalAveragePooling2D(dtype="float32", name="features")(places)
    x = layers.Dropout(dropout, dtype="float32", name="head_dropout")(features)
    dense = layers.Dense(classes, dtype="float32", name="logits")
    outputs = {"logits": dense(x), "evidence": dense(places), "features": features}
    return keras.Model(body.input, outputs, name=name)


def convolved(body: keras.Model, *, classes: int, name: str, dropout: float) -> keras.Model:
    """Dropout, Conv 1x1, activation, global average pooling: seed A's MobileNet.

    The kind of activation is not given there; it is a ReLU, as in SqueezeNet, whose head this is
    (Iandola et al. 2016).
    """
    features = layers.GlobalAveragePooling2D(dtype="float32", name="features")(body.output)
    x = layers.Dropout(dropout, name="head_dropout")(body.output)
    x = layers.Conv2D(classes, 1, dtype="float32", name="head_conv")(x)
    evidence = layers.ReLU(dtype="float32", name="evidence")(x)
    logits = layers.GlobalAveragePooling2D(dtype="float32", name="logits")(evidence)
    outputs = {"logits": logits, "evidence": evidence, "features": features}
    return keras.Model(body.input, outputs, name=name)


def dense_head(body: keras.Model, *, classes: int, name: str, dropout: float) -> keras.Model:
    """Pooling and a few dense layers ending in a sigmoid: seed D. The widths are ours."""
    x = features = layers.GlobalAveragePooling2D(dtype="float32", name="features")(body.output)
    for units in (256, 64):
        x = layers.Dense(units, activation="relu", name=f"head_dense{units}")(x)
        x = layers.Dropout(dropout, name=f"head_dropout{units}")(x)
    return classified(body.input, features, x, classes, name, sigmoid=True)


HEADS: dict[str, Callable[..., keras.Model]] = {
    "pooled": pooled,
    "convolved": convolved,
    "dense": dense_head,
}
