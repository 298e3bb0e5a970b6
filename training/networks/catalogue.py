"""What there is to say of each network before it is built: pure values, without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inference.labels import BINARY, ISIC2019

Stage = str | int  # "head", "upper half", "all", a number of last layers, or the first's name
Triple = tuple[float, float, float]

SEED_A = ("AK", "ATOPIC", "BKL", "DF", "NV", "MEL", "SCC", "TINEA", "VASC")
# C tells pigmented benign and seborrhoeic keratosis apart; on our labels both are BKL.
SEED_C = ("AK", "BCC", "DF", "MEL", "NV", "PBK", "SEK", "SCC", "VASC")

ZERO_TO_ONE: tuple[Triple, Triple] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
MINUS_ONE_TO_ONE: tuple[Triple, Triple] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGENET: tuple[Triple, Triple] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
MEAN_ONLY: tuple[Triple, Triple] = (
    (123.68 / 255, 116.779 / 255, 103.939 / 255),
    (1 / 255, 1 / 255, 1 / 255),
)

SOURCES = {
    "A": "Web-based skin anomaly classification with DenseNet, nine classes (thesis, 2023)",
    "B": "Eight-class ISIC 2019 study with transfer learning",
    "C": "Nine-class ISIC study with a small CNN",
    "D": "AI dermatologist: benign or malignant",
    "besides": "Ours, to compare with; parts as they come with Keras",
    "released": "Ours, as the portal serves it, with a class activation map",
}


@dataclass(frozen=True)
class Reported:
    """What a source says that its network reached, on its own photos; None: it doesn't say."""

    train_accuracy: float | None = None
    validation_accuracy: float | None = None
    test_accuracy: float | None = None
    train_loss: float | None = None
    test_loss: float | None = None
    seconds_per_step: float | None = None
    remark: str = ""


@dataclass(frozen=True)
class Network:
    """One network: what it is, what it starts from, how it is trained by stages."""

    name: str  # key of NETWORKS
    title: str  # for a table
    source: str  # key of SOURCES
    labels: tuple[str, ...]  # that the source trained it on
    size: int  # pixels of its input in the source
    scaling: tuple[Triple, Triple]  # mean and std of its input on 0 to 1, RGB
    parameters: int  # with those labels and that size
    trainable: int  # of them, what its last stage trains
    stages: tuple[Stage, ...] = ("all",)  # what is trained, one after the other
    backbone: str | None = None  # in keras.applications; has ImageNet weights to fetch
    head: str | None = None  # in training.networks.transfer.HEADS
    dropout: float = 0.0  # of the head
    # That it can start from, looked for in an --init folder. Nothing that has met skin photos for a
    # study's network: which ones it met would go unsaid in a comparison.
    files: tuple[str, ...] = ()
    probabilities: Literal["softmax", "sigmoid"] = "softmax"  # of the logits, in the source
    reported: Reported | None = None
    remark: str = ""  # what the source leaves open and how it is filled

    @property
    def explains(self) -> bool:
        """Whether its logits can be traced to places of the photo."""
        return self.is_released or self.head in ("pooled", "convolved")

    @property
    def is_released(self) -> bool:
        """Whether `inference.model` builds it, so that the portal can serve it."""
        return self.source == "released"


_KERAS_WEIGHTS = "{}_imagenet_notop.weights.h5"
_GRADUALLY: tuple[Stage, ...] = ("head", "upper half", "all")  # chapter E's order


def _files(backbone: str) -> tuple[str, ...]:
    return (_KERAS_WEIGHTS.format(backbone.lower()),)


_OF_A = (
    Network(
        name="a_cnn",
        title="CNN",
        source="A",
        labels=SEED_A,
        size=240,
        scaling=ZERO_TO_ONE,
        parameters=1_621_561,
        trainable=1_621_561,
        reported=Reported(0.31, None, 0.28, 1.806, 2.10, 58),
        remark="Scaling and dropout rates aren't given: 0 to 1; 0.25, 0.25, 0.5.",
    ),
    Network(
        name="a_mobilenet",
        title="MobileNet",
        source="A",
        labels=SEED_A,
        size=224,
        scaling=MINUS_ONE_TO_ONE,
        parameters=3_238_089,
        trainable=3_216_201,
        backbone="MobileNet",
        head="convolved",
        dropout=0.5,
        files=_files("MobileNet"),
        reported=Reported(0.99, None, 0.45, 0.06, 1.82, 150),
        remark="Dropout rate and kind of activation aren't given: 0.5, ReLU.",
    ),
    Network(
        name="a_densenet121",
        title="DenseNet-121",
        source="A",
        labels=SEED_A,
        size=224,
        scaling=IMAGENET,
        parameters=7_046_729,
        trainable=6_963_081,
        backbone="DenseNet121",
        head="pooled",
        dropout=0.5,
        files=_files("DenseNet121"),
        reported=Reported(
            0.73, None, 0.36, 0.25, 0.45, 850, "0.677 on 6,021 further test images; deployed"
        ),
        remark="The dropout rate isn't given: 0.5.",
    ),
)

_B_AIMS = Reported(remark="no figures; aims: accuracy > 0.80, precision > 0.80, missed < 0.10")
_B_HEAD_IS_OURS = "Head and released layers aren't given: MobileNet's head, then the upper half."

_OF_B = (
    Network(
        name="b_cnn",
        title="Baseline CNN",
        source="B",
        labels=ISIC2019,
        size=224,
        scaling=ZERO_TO_ONE,
        parameters=425_000,
        trainable=425_000,
        reported=_B_AIMS,
        remark="What follows the last pool isn't given: one dense layer; padded throughout.",
    ),
    Network(
        name="b_vgg16",
        title="VGG16, fine-tuned",
        source="B",
        labels=ISIC2019,
        size=224,
        scaling=MEAN_ONLY,
        parameters=14_718_792,
        trainable=12_983_304,
        stages=("head", "upper half"),
        backbone="VGG16",
        head="pooled",
        dropout=0.25,
        files=_files("VGG16"),
        reported=_B_AIMS,
        remark=_B_HEAD_IS_OURS,
    ),
    Network(
        name="b_inceptionv3",
        title="Inception v3, fine-tuned",
        source="B",
        labels=ISIC2019,
        size=224,
        scaling=MINUS_ONE_TO_ONE,
        parameters=21_819_176,
        trainable=16_658_184,
        stages=("head", "upper half"),
        backbone="InceptionV3",
        head="pooled",
        dropout=0.25,
        files=_files("InceptionV3"),
        reported=_B_AIMS,
        remark=_B_HEAD_IS_OURS,
    ),
    Network(
        name="b_densenet201",
        title="DenseNet-201, fine-tuned",
        source="B",
        labels=ISIC2019,
        size=224,
        scaling=IMAGENET,
        parameters=18_337_352,
        trainable=12_598_728,
        stages=("head", "upper half"),
        backbone="DenseNet201",
        head="pooled",
        dropout=0.25,
        files=_files("DenseNet201"),
        reported=_B_AIMS,
        remark=_B_HEAD_IS_OURS,
    ),
    Network(
        name="b_mobilenet",
        title="MobileNet, last 23 layers",
        source="B",
        labels=ISIC2019,
        size=224,
        scaling=MINUS_ONE_TO_ONE,
        parameters=3_237_064,
        trainable=1_870_856,
        stages=(23,),
        backbone="MobileNet",
        head="pooled",
        dropout=0.25,
        files=_files("MobileNet"),
        reported=_B_AIMS,
        remark="The five layers removed are those after pooling, in the Keras of its time.",
    ),
)

_OF_C_AND_D = (
    Network(
        name="c_cnn",
        title="Small CNN",
        source="C",
        labels=SEED_C,
        size=128,
        scaling=ZERO_TO_ONE,
        parameters=3_305_801,
        trainable=3_305_801,
        reported=Reported(0.4896, 0.5134, 0.4735),
        remark="Scaling isn't given: 0 to 1.",
    ),
    Network(
        name="d_cnn",
        title="Binary CNN",
        source="D",
        labels=BINARY,
        size=128,
        scaling=ZERO_TO_ONE,
        parameters=8_408_257,
        trainable=8_408_257,
        probabilities="sigmoid",
        remark="Size and widths aren't given: 128 pixels; 32, 64 and 128; dropout 0.25.",
    ),
    Network(
        name="d_resnet50",
        title="ResNet-50, frozen",
        source="D",
        labels=BINARY,
        size=224,
        scaling=MEAN_ONLY,
        parameters=24_128_769,
        trainable=541_057,
        stages=("head",),
        backbone="ResNet50",
        head="dense",
        dropout=0.25,
        files=_files("ResNet50"),
        probabilities="sigmoid",
        remark="Which ResNet and the widths aren't given: 50; 256 and 64; dropout 0.25.",
    ),
)

_BESIDES = (
    Network(
        name="resnet50",
        title="ResNet-50",
        source="besides",
        labels=ISIC2019,
        size=224,
        scaling=MEAN_ONLY,
        parameters=23_604_104,
        trainable=23_550_984,
        stages=_GRADUALLY,
        backbone="ResNet50",
        head="pooled",
        dropout=0.25,
        files=_files("ResNet50"),
    ),
    Network(
        name="mobilenetv2_keras",
        title="MobileNetV2, Keras' form",
        source="besides",
        labels=ISIC2019,
        size=224,
        scaling=MINUS_ONE_TO_ONE,
        parameters=2_268_232,
        trainable=2_234_120,
        stages=_GRADUALLY,
        backbone="MobileNetV2",
        head="pooled",
        dropout=0.25,
        files=_files("MobileNetV2"),
        remark="Its ImageNet weights can be fetched; those of the released form come as a file.",
    ),
)

_RELEASED = (
    Network(
        name="densenet121",
        title="DenseNet-121, explaining",
        source="released",
        labels=ISIC2019,
        size=224,
        scaling=IMAGENET,
        parameters=7_045_704,
        trainable=6_962_056,
        stages=_GRADUALLY,
        backbone="DenseNet121",
        files=("densenet121_derm_backbone.weights.h5", *_files("DenseNet121")),
    ),
    Network(
        name="mobilenetv2",
        title="MobileNetV2, explaining",
        source="released",
        labels=ISIC2019,
        size=224,
        scaling=IMAGENET,
        parameters=2_268_232,
        trainable=2_234_120,
        stages=_GRADUALLY,
        files=("mobilenetv2_torchvision_imagenet_1000.keras",),
        remark="In torchvision's layout: Keras' own ImageNet weights don't fit.",
    ),
    Network(
        name="xception",
        title="Xception, explaining",
        source="released",
        labels=ISIC2019,
        size=224,
        scaling=MINUS_ONE_TO_ONE,
        parameters=20_877_872,
        trainable=20_823_344,
        stages=_GRADUALLY,
        backbone="Xception",
        files=_files("Xception"),
    ),
)

NETWORKS = {
    network.name: network for network in (*_OF_A, *_OF_B, *_OF_C_AND_D, *_BESIDES, *_RELEASED)
}
