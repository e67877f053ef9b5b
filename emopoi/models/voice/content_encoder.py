"""Hears what is said: log-mel frames levelled as heard to a code of 32 numbers, 50 a second."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from emopoi.models.voice.causal_convolution import separable_block

STRIDE = 2
"""Frames of a step: 20 ms."""
_FIRST_TAPS = 5


@dataclass(frozen=True)
class ContentEncoderConfig:
    """Sizes of the encoder.

    Attributes:
        bands: mel bands.
        width: channels.
        dilations: of the blocks over time, steps.
        code: numbers of the code.
    """

    bands: int = 64
    width: int = 128
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2)
    code: int = 32

    @property
    def past_steps(self) -> int:
        """Steps that the blocks look back."""
        return 2 * sum(self.dilations)

    def frames_for(self, steps: int) -> int:
        """Frames that make so many steps of code."""
        return STRIDE * (steps + self.past_steps - 1) + _FIRST_TAPS


def build_content_encoder(frames: int, config: ContentEncoderConfig | None = None) -> keras.Model:
    """The encoder.

    Input `mel`: float32 (N, frames, bands). Output: float32 (N, S, code), each number of mean 0 and spread 1
    over training, S as `ContentEncoderConfig.frames_for` tells; step s has heard frame 2 s + past and what is
    before it.
    """
    config = config or ContentEncoderConfig()
    mel = keras.Input((frames, config.bands), name="mel")
    tensor = layers.Rescaling(1.25, 2.5)(mel)
    tensor = layers.Conv1D(config.width, _FIRST_TAPS, strides=STRIDE, use_bias=False, name="content_first")(
        tensor
    )
    tensor = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name="content_first_norm")(tensor))
    for number, dilation in enumerate(config.dilations):
        tensor = separable_block(tensor, config.width, dilation, f"content{number}")
    code = layers.Conv1D(config.code, 1, use_bias=False, name="content_gather")(tensor)
    code = layers.BatchNormalization(momentum=0.95, center=False, scale=False, name="content")(code)
    return keras.Model(mel, code, name="voice_content")
