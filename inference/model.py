"""The network builders. Importing this module imports Keras; serving on OpenVINO never does.

Each network has the same explaining head, and takes (N, H, W, 3), any H and W from 32 up. One
forward pass gives three outputs:

- ``logits`` (N, classes);
- ``evidence`` (N, h, w, classes): the class activation map. The dense layer is applied to every
  place of the last feature map and its mean is the logit, which equals pooling first, so the map
  says exactly which places the logit came from and needs no gradient (Zhou et al. 2016);
- ``features`` (N, channels): pooled features, for telling what is not skin.

``weights`` is a file for the network without its head.
"""

from __future__ import annotations

import re

import keras
from keras import layers


def densenet121(*, classes: int, weights: str | None = None) -> keras.Model:
    """DenseNet-121 (Huang et al. 2017); 1,024 features."""
    backbone = keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )
    if weights is not None:
        backbone.load_weights(weights)
    return _explained(backbone, classes, "densenet121")


def xception(*, classes: int, weights: str | None = None) -> keras.Model:
    """Xception (Chollet 2017); 2,048 features."""
    backbone = with_fixed_names(
        keras.applications.Xception(include_top=False, weights=None, input_shape=(None, None, 3))
    )
    if weights is not None:
        backbone.load_weights(weights)
    return _explained(backbone, classes, "xception")


def mobilenetv2(*, classes: int, weights: str | None = None) -> keras.Model:
    """MobileNetV2 (Sandler et al. 2018) in torchvision's layout; 1,280 features.

    That layout pads both sides of a strided convolution alike and normalises with an epsilon of
    1e-5, unlike the one of `keras.applications`. ``weights`` is a whole Keras model in it, with a
    head of any size.
    """
    backbone = _mobilenetv2_backbone()
    if weights is not None:
        whole = keras.models.load_model(weights, compile=False)
        backbone.set_weights(whole.get_weights()[: len(backbone.weights)])
    return _explained(backbone, classes, "mobilenetv2")


_MOBILENETV2_BLOCKS = (  # expansion, channels, repeats, stride of the first: Sandler, table 2
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
)  # fmt: skip


def _mobilenetv2_backbone() -> keras.Model:
    image = keras.Input((None, None, 3))
    x = _normalised(_convolved(image, 32, size=3, stride=2, name="stem"), "stem")
    number = 0
    for expansion, channels, repeats, first_stride in _MOBILENETV2_BLOCKS:
        for repeat in range(repeats):
            number += 1
            stride = first_stride if repeat == 0 else 1
            x = _inverted_residual(x, expansion, channels, stride, f"block{number}")
    x = _normalised(_convolved(x, 1280, size=1, stride=1, name="last"), "last")
    return keras.Model(image, x)


def _inverted_residual(x, expansion: int, channels: int, stride: int, name: str):
    entered = x
    if expansion > 1:
        x = _convolved(x, expansion * x.shape[-1], size=1, stride=1, name=f"{name}_expand")
        x = _normalised(x, f"{name}_expand")
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    x = layers.DepthwiseConv2D(3, strides=stride, use_bias=False, name=f"{name}_depthwise")(x)
    x = _normalised(x, f"{name}_depthwise")
    x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project")(x)
    x = layers.BatchNormalization(epsilon=1e-5, name=f"{name}_project_norm")(x)
    if stride == 1 and entered.shape[-1] == channels:
        x = layers.Add(name=f"{name}_add")([entered, x])
    return x


def _convolved(x, channels: int, *, size: int, stride: int, name: str):
    if size > 1:
        x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    return layers.Conv2D(channels, size, strides=stride, use_bias=False, name=name)(x)


def _normalised(x, name: str):
    x = layers.BatchNormalization(epsilon=1e-5, name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def with_fixed_names(model: keras.Model) -> keras.Model:
    """A fresh copy whose unnamed layers are numbered as in the first network of a process.

    Keras numbers them on from every network built before, and weights are stored by name. The
    copy has untrained weights.
    """
    unnamed: dict[str, list[tuple[int, str]]] = {}
    for layer in model.layers:
        kind = keras.utils.get_registered_name(type(layer))
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
        found = re.fullmatch(rf"{kind}(?:_(\d+))?", layer.name)
        if found:
            unnamed.setdefault(kind, []).append((int(found[1] or 0), layer.name))
    fixed = {
        name: f"{kind}_{place}" if place else kind
        for kind, layers_of_kind in unnamed.items()
        for place, (_, name) in enumerate(sorted(layers_of_kind))
    }

    def renamed(layer):
        name = fixed.get(layer.name, layer.name)
        return type(layer).from_config({**layer.get_config(), "name": name})

    return keras.models.clone_model(model, clone_function=renamed)


def _explained(backbone: keras.Model, classes: int, name: str) -> keras.Model:
    places = backbone.output
    evidence = layers.Dense(classes, name="evidence")(places)
    # float32 whatever the policy: a softmax over logits of half precision loses small risks.
    logits = layers.GlobalAveragePooling2D(name="logits", dtype="float32")(evidence)
    features = layers.GlobalAveragePooling2D(name="features", dtype="float32")(places)
    outputs = {"logits": logits, "evidence": evidence, "features": features}
    return keras.Model(backbone.input, outputs, name=name)


def mirrored(network: keras.Model) -> keras.Model:
    """The mean of what ``network`` says of a photo and of its three mirror images.

    The same outputs of the same weights at four times the work: how a photo was held then matters
    less. The evidence of each image is turned back, so its mean over h and w is still the logit.
    """
    photos = keras.Input(network.input_shape[1:])
    found = network(keras.ops.concatenate([_turned(photos, axes) for axes in _MIRRORS], axis=0))
    outputs = {name: _mean_of_mirrors(value, name) for name, value in found.items()}
    return keras.Model(photos, outputs, name=f"{network.name}_mirrored")


_MIRRORS = ((), (1,), (2,), (1, 2))  # axes of (N, H, W, C) that an image is turned round over


def _turned(values, axes: tuple[int, ...]):
    for axis in axes:  # one at a time: OpenVINO reads no other
        values = keras.ops.flip(values, axis)
    return values


def _mean_of_mirrors(values, name: str):
    parts = keras.ops.split(values, len(_MIRRORS), axis=0)
    if len(values.shape) == 4:  # has places
        parts = [_turned(part, axes) for part, axes in zip(parts, _MIRRORS, strict=True)]
    return layers.Average(name=name, dtype="float32")(parts)


BUILDERS = {"densenet121": densenet121, "mobilenetv2": mobilenetv2, "xception": xception}
