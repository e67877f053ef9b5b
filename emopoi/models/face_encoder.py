"""The convolutional encoder that every face model here stands on.

Plain 3x3 convolutions with batch normalisation and ReLU: what XNNPACK and int8 kernels of
phones run fastest, and what quantizes without loss.
"""

from __future__ import annotations

from dataclasses import dataclass

from keras import layers

from emopoi.models.fused_layers import BatchNormalization, ReLU


@dataclass(frozen=True)
class EncoderConfig:
    """Widths of the encoder.

    Attributes:
        stages: for each resolution the channels of its convolutions; resolution halves
            between stages. Multiples of 32 run fastest on CPUs.
        residual: within a stage, add a convolution pair's input to its output.
        stem_stride: 2 halves the resolution in the first convolution: for larger inputs.
    """

    stages: tuple[tuple[int, ...], ...] = ((32,), (64, 64), (128, 128), (256, 256))
    residual: bool = True
    stem_stride: int = 1

    def __post_init__(self):
        if not self.stages or not all(stage and min(stage) > 0 for stage in self.stages):
            raise ValueError(
                f"stages: non-empty tuples of positive channels were expected, got {self.stages}"
            )


def _convolution(tensor, channels: int, name: str, *, activate: bool = True, stride: int = 1):
    tensor = layers.Conv2D(channels, 3, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(
        tensor
    )
    tensor = BatchNormalization(momentum=0.95, name=f"{name}_norm")(tensor)
    return ReLU(name=f"{name}_relu")(tensor) if activate else tensor


def encode_face(face, config: EncoderConfig, *, dropout: float = 0.0, name: str = "encoder"):
    """Apply the encoder.

    Args:
        face: Keras tensor float32 (N, S, S, C), normalised.
        config: widths.
        dropout: rate before the embedding leaves, training only.
        name: prefix of the layers' names.

    Returns:
        Keras tensor float32 (N, D), D the last stage's width: the embedding, >= 0.
    """
    tensor = encode_feature_map(face, config, name=name)
    tensor = layers.GlobalAveragePooling2D(name=f"{name}_embedding")(tensor)
    return layers.Dropout(dropout, name=f"{name}_dropout")(tensor) if dropout else tensor


def encode_feature_map(face, config: EncoderConfig, *, name: str = "encoder"):
    """Apply the encoder's convolutions.

    Args:
        face: Keras tensor float32 (N, S, S, C), normalised.
        config: widths.
        name: prefix of the layers' names.

    Returns:
        Keras tensor float32 (N, H, W, D), >= 0; the side halves between stages.
    """
    tensor = face
    for index, stage in enumerate(config.stages):
        if index:
            tensor = layers.MaxPooling2D(2, padding="same", name=f"{name}_pool{index}")(tensor)
        shortcut = None
        for depth, channels in enumerate(stage):
            last = config.residual and depth == len(stage) - 1 and shortcut is not None
            stride = config.stem_stride if index == depth == 0 else 1
            tensor = _convolution(
                tensor, channels, f"{name}_{index}_{depth}", activate=not last, stride=stride
            )
            if last and shortcut.shape[-1] == channels:
                tensor = layers.Add(name=f"{name}_{index}_add")([tensor, shortcut])
            if last:
                tensor = ReLU(name=f"{name}_{index}_relu")(tensor)
            if depth == 0:
                shortcut = tensor
    return tensor
