"""Hears how something is said: levelled log-mel frames to labels, and to a code of 64 numbers.

Convolutions over time and frequency, then the mean and the spread over time, each frame weighted by how much
it tells (attentive statistics pooling, Okabe et al. 2018). The code is what the synthesizer moves the face
by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
from keras import layers, ops

from emopoi.models.fused_layers import BatchNormalization, ReLU
from emopoi.types.voice_labels import VOICE8

FRAMES = 320
"""Of a window on the device: 3.2 s."""
CODE = 64
TOKENS = "label_tokens"
"""Layer of `build_voice_emotion`."""


@dataclass(frozen=True)
class EmotionEncoderConfig:
    """Sizes of the encoder.

    Attributes:
        bands: mel bands.
        widths: channels of the convolution stages; every stage halves the bands, the first three time.
        code: numbers of the code.
        dropout: before the code.
    """

    bands: int = 64
    widths: tuple[int, ...] = (24, 40, 64, 96)
    code: int = CODE
    dropout: float = 0.3

    def __post_init__(self):
        if len(self.widths) < 2 or self.bands % 2 ** len(self.widths) or not 0 <= self.dropout < 1:
            raise ValueError(f"two stages or more that halve the bands were expected, got {self}")


SHIPPED = (EmotionEncoderConfig(), EmotionEncoderConfig(widths=(16, 32, 48, 64), dropout=0.2))
"""Of the file that ships."""


@keras.saving.register_keras_serializable("emopoi")
class AttentiveStatistics(layers.Layer):
    """Mean and spread over time: (N, T, C) weighted by scores and mask (N, T, 1), to (N, 2 C)."""

    def call(self, tensor, scores, there):
        """Pool; frames whose mask is 0 count for nothing."""
        scores = ops.cast(scores, "float32") - (1.0 - there) * 60.0
        weights = ops.softmax(scores, axis=1)
        tensor = ops.cast(tensor, "float32")
        mean = ops.sum(weights * tensor, axis=1)
        square = ops.sum(weights * ops.square(tensor), axis=1)
        spread = ops.sqrt(ops.maximum(square - ops.square(mean), 0.0) + 1e-4)
        return ops.concatenate([mean, spread], axis=-1)


@keras.saving.register_keras_serializable("emopoi")
class LabelTokens(layers.Layer):
    """Logits (N, labels) to a code (N, width): one token a label, mixed by how likely each label is.

    Style tokens (Wang et al. 2018) with the labels for attention. What an encoder hears of the person and of
    the words can not pass: the code of two voices with the same answer is the same.

    Args:
        width: numbers of the code.
        sharpness: factor on the logits; without it how sure the answer is tells much of who speaks.
    """

    def __init__(self, width: int = CODE, sharpness: float = 12.0, **kwargs):
        super().__init__(**kwargs)
        self.width, self.sharpness = width, sharpness

    def build(self, shape):
        """Make the tokens; they are set after the training, not learned."""
        self.tokens = self.add_weight(
            name="tokens", shape=(shape[-1], self.width), initializer="zeros", trainable=False
        )

    def call(self, logits):
        """Mix."""
        return ops.matmul(self.shares(logits), self.tokens)

    def shares(self, logits):
        """How much of each token: (N, labels), sums are 1."""
        return ops.softmax(self.sharpness * ops.cast(logits, "float32"), axis=-1)

    def get_config(self):
        """Arguments that make this layer again."""
        return {**super().get_config(), "width": self.width, "sharpness": self.sharpness}


def build_emotion_encoder(config: EmotionEncoderConfig | None = None, frames: int = FRAMES) -> keras.Model:
    """The encoder.

    Inputs: `mel` float32 (N, frames, bands), levelled, `there` float32 (N, frames), 1 where a frame is sound.
    Outputs: `code` float32 (N, 64) and `voice8`, logits float32 (N, 8) in the order of `VOICE8`.
    """
    config = config or EmotionEncoderConfig()
    mel = keras.Input((frames, config.bands), name="mel")
    there = keras.Input((frames,), name="there")
    tensor = layers.Rescaling(1.25, 2.5)(mel)
    tensor = layers.Reshape((frames, config.bands, 1))(tensor)
    for stage, width in enumerate(config.widths):
        stride = (2 if stage < 3 else 1, 2)
        tensor = _convolution(tensor, width, stride, f"stage{stage}_down", 5 if stage == 0 else 3)
        if stage:
            tensor = _residual(tensor, width, f"stage{stage}")
    steps, rows = tensor.shape[1], tensor.shape[2]
    tensor = layers.Reshape((steps, rows * config.widths[-1]))(tensor)
    tensor = layers.Conv1D(128, 1, use_bias=False, name="gather")(tensor)
    tensor = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name="gather_norm")(tensor))
    hidden = layers.Conv1D(32, 1, activation="tanh", name="attention_hidden")(tensor)
    scores = layers.Conv1D(1, 1, name="attention")(hidden)
    kept = layers.Reshape((frames, 1), dtype="float32")(there)
    kept = layers.MaxPooling1D(frames // steps, dtype="float32")(kept)
    pooled = AttentiveStatistics(dtype="float32", name="statistics")(tensor, scores, kept)
    pooled = layers.Dropout(config.dropout)(pooled)
    code = layers.Dense(config.code, name="code_dense")(pooled)
    code = layers.BatchNormalization(momentum=0.95, dtype="float32", name="code")(code)
    answer = layers.Dropout(config.dropout / 2)(layers.ReLU()(code))
    logits = layers.Dense(len(VOICE8), dtype="float32", name="voice8")(answer)
    return keras.Model({"mel": mel, "there": there}, {"code": code, "voice8": logits}, name="voice_emotion")


def build_voice_emotion(
    configs: Sequence[EmotionEncoderConfig] = SHIPPED, frames: int = FRAMES
) -> keras.Model:
    """Encoders whose answers are averaged: what one learned by heart the other did not.

    Deep ensembles (Lakshminarayanan et al. 2017).
    Inputs and outputs as of `build_emotion_encoder`; the code is made of `LabelTokens`.

    Args:
        configs: of the encoders.
        frames: of a window.
    """
    mel = keras.Input((frames, configs[0].bands), name="mel")
    there = keras.Input((frames,), name="there")
    given = {"mel": mel, "there": there}
    told = []
    for number, config in enumerate(configs, 1):
        encoder = build_emotion_encoder(config, frames)
        encoder.name = f"encoder_{number}"
        told.append(encoder(given))
    logits = [one["voice8"] for one in told]
    mean = layers.Average(dtype="float32", name="voice8")(logits) if len(logits) > 1 else logits[0]
    code = LabelTokens(configs[0].code, dtype="float32", name=TOKENS)(mean)
    return keras.Model(given, {"code": code, "voice8": mean}, name="voice_emotion")


def _convolution(tensor, width: int, stride, name: str, size: int = 3, *, activate: bool = True):
    tensor = layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(
        tensor
    )
    tensor = BatchNormalization(momentum=0.95, name=f"{name}_norm")(tensor)
    return ReLU(name=f"{name}_relu")(tensor) if activate else tensor


def _residual(tensor, width: int, name: str):
    inner = _convolution(tensor, width, 1, f"{name}_inner", activate=False)
    return ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([tensor, inner]))
