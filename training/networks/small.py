"""The small networks that their studies trained from nothing, each as its source prints it.

Every builder takes ``classes`` and ``size`` (pixels) and gives a model on (N, size, size, 3) with
the outputs ``logits`` (N, classes), ``features`` (N, units), what the last layer saw, and
``evidence`` (N, 1, 1, classes). They flatten their last map, so that the size is part of the
network, and the logits can't be traced to places: the map is one place, and that is the logits.
"""

from __future__ import annotations

import keras
from keras import layers, ops


def a_cnn(*, classes: int, size: int) -> keras.Model:
    """Seed A's baseline. Dropout rates are not given there; a quarter, and half when dense."""
    image = keras.Input((size, size, 3))
    x = _conv(8)(image)
    x = layers.MaxPooling2D(name="pool1")(_conv(16)(x))
    x = layers.Dropout(0.25, name="dropout1")(x)
    x = layers.MaxPooling2D(name="pool2")(_conv(32, "conv32_first")(x))
    x = layers.MaxPooling2D(name="pool3")(_conv(32, "conv32_second")(x))
    x = layers.Dropout(0.25, name="dropout2")(x)
    x = layers.Flatten(name="flatten")(x)
    features = layers.Dense(64, activation="relu", name="dense")(x)
    x = layers.Dropout(0.5, name="dropout3")(features)
    return classified(image, features, x, classes, "a_cnn")


def b_cnn(*, classes: int, size: int) -> keras.Model:
    """Seed B's baseline: three padded convolutions, and one dense layer on what is left."""
    image = x = keras.Input((size, size, 3))
    for filters in (16, 32, 64):
        x = _conv(filters, padding="same")(x)
        x = layers.MaxPooling2D(name=f"pool{filters}")(x)
    features = layers.Flatten(name="flatten")(x)
    return classified(image, features, features, classes, "b_cnn")


def c_cnn(*, classes: int, size: int) -> keras.Model:
    """Seed C's network."""
    image = x = keras.Input((size, size, 3))
    for filters in (32, 64, 128):
        x = layers.MaxPooling2D(name=f"pool{filters}")(_conv(filters)(x))
    x = layers.Flatten(name="flatten")(x)
    features = layers.Dense(128, activation="relu", name="dense")(x)
    x = layers.Dropout(0.5, name="dropout")(features)
    return classified(image, features, x, classes, "c_cnn")


def d_cnn(*, classes: int, size: int) -> keras.Model:
    """Seed D's network for benign or malignant. It names the layers; the widths are ours."""
    image = x = keras.Input((size, size, 3))
    for filters in (32, 64):
        x = layers.MaxPooling2D(name=f"pool{filters}")(_conv(filters, padding="same")(x))
        x = layers.Dropout(0.25, name=f"dropout{filters}")(x)
    x = layers.Flatten(name="flatten")(x)
    features = layers.Dense(128, activation="relu", name="dense")(x)
    return classified(image, features, features, classes, "d_cnn", sigmoid=True)


def classified(
    image, features, last, classes: int, name: str, *, sigmoid: bool = False
) -> keras.Model:
    """The model from ``image`` with a dense layer on ``last``, and a map of one place.

    ``sigmoid``: two classes have a single unit z, whose sigmoid is the risk of the second. The
    logits are then (0, z): their softmax is that sigmoid, and softmax cross-entropy on them is
    binary cross-entropy, so every network trains with one loss.
    """
    single = sigmoid and classes == 2
    # float32 whatever the policy: a softmax over logits of half precision loses small risks.
    dense = layers.Dense(1 if single else classes, dtype="float32", name="logits")
    logits = ops.pad(dense(last), ((0, 0), (1, 0))) if single else dense(last)
    evidence = ops.reshape(logits, (-1, 1, 1, classes))
    outputs = {"logits": logits, "evidence": evidence, "features": features}
    return keras.Model(image, outputs, name=name)


def _conv(filters: int, name: str | None = None, padding: str = "valid") -> layers.Conv2D:
    name = name or f"conv{filters}"
    return layers.Conv2D(filters, 3, padding=padding, activation="relu", name=name)


BUILDERS = {"a_cnn": a_cnn, "b_cnn": b_cnn, "c_cnn": c_cnn, "d_cnn": d_cnn}
