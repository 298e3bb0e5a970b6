"""The networks of `training.zoo`. Only `small`, `transfer` and `start` import Keras."""


class UnknownNetwork(Exception):
    """There is no network of that name."""


class StartingWeightsMissing(Exception):
    """The weights to start from can't be had."""


class WrongWeights(Exception):
    """The file holds the weights of another network."""


def is_head(layer: str) -> bool:
    """Whether a layer of that name belongs to what is replaced for other classes."""
    return layer in {"logits", "evidence"} or layer.startswith("head_")
