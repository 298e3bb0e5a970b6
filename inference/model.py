"""The network builders. Importing this module imports Keras; serving on OpenVINO never does."""

from __future__ import annotations

import keras


def densenet121(*, classes: int, weights: str | None = None) -> keras.Model:
    """DenseNet-121 with an explaining head; input (N, H, W, 3), any H and W from 32 up.

    One forward pass gives three outputs:

    - ``logits`` (N, classes);
    - ``evidence`` (N, h, w, classes): the class activation map. The dense layer is applied to
      every place of the last feature map and its mean is the logit, which equals pooling first,
      so the map says exactly which places the logit came from and needs no gradient;
    - ``features`` (N, 1024): pooled features, for telling what is not skin.

    ``weights`` is a file for the network without its head. Huang et al. 2017; Zhou et al. 2016.
    """
    backbone = keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )
    if weights is not None:
        backbone.load_weights(weights)
    places = backbone.output
    evidence = keras.layers.Dense(classes, name="evidence")(places)
    logits = keras.layers.GlobalAveragePooling2D(name="logits")(evidence)
    features = keras.layers.GlobalAveragePooling2D(name="features")(places)
    return keras.Model(
        backbone.input,
        {"logits": logits, "evidence": evidence, "features": features},
        name="densenet121",
    )


BUILDERS = {"densenet121": densenet121}
