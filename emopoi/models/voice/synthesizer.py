"""Moves a face by what is said and how: content code, emotion code and intensity to coefficients.

One head for each kind of coefficients: FACEGOOD's 116 and ARKit's 51. An emotion code counts through its
product with the intensity alone, so intensity 0 is the same neutral face for every code.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.models.voice.causal_convolution import film_block
from emopoi.models.voice.emotion_encoder import CODE

FACEGOOD = 116
"""Blendshape weights of FACEGOOD's Audio2Face, in the order of its data."""
KINDS_OF_FACE = {"facegood": FACEGOOD, "arkit": len(ARKIT_NAMES)}
"""Coefficients by head."""


@dataclass(frozen=True)
class SynthesizerConfig:
    """Sizes of the synthesizer.

    Attributes:
        content: numbers of a step's content code.
        code: numbers of the emotion code.
        width: channels.
        dilations: of the blocks over time, steps.
    """

    content: int = 32
    code: int = CODE
    width: int = 128
    dilations: tuple[int, ...] = (1, 2, 4, 1)

    @property
    def past_steps(self) -> int:
        """Steps that the blocks look back."""
        return 2 * sum(self.dilations)


def build_synthesizer(steps: int, config: SynthesizerConfig | None = None) -> keras.Model:
    """The synthesizer.

    Inputs: `content` float32 (N, steps, content), `code` float32 (N, 64), `intensity` float32 (N, 1).
    Outputs by kind: float32 (N, steps - past, coefficients), near 0..1.
    """
    config = config or SynthesizerConfig()
    content = keras.Input((steps, config.content), name="content")
    code = keras.Input((config.code,), name="code")
    intensity = keras.Input((1,), name="intensity")
    felt = layers.Multiply(name="felt")([code, intensity])
    felt = layers.Dense(config.code, "tanh", use_bias=False, name="felt_hidden")(felt)
    tensor = layers.Conv1D(config.width, 1, activation="relu", name="face_first")(content)
    for number, dilation in enumerate(config.dilations):
        # Without a bias nothing of these is left at intensity 0.
        by = layers.Dense(2 * config.width, use_bias=False, name=f"face{number}_film")(felt)
        by = layers.Reshape((2, config.width), name=f"face{number}_pair")(by)
        scale = layers.Cropping1D((0, 1), name=f"face{number}_by")(by)
        shift = layers.Cropping1D((1, 0), name=f"face{number}_to")(by)
        tensor = film_block(tensor, config.width, dilation, scale, shift, f"face{number}")
    tensor = layers.BatchNormalization(momentum=0.95, name="face_norm")(tensor)
    # A face begins at rest: most coefficients hardly ever move.
    outputs = {
        kind: layers.Conv1D(count, 1, kernel_initializer="zeros", dtype="float32", name=kind)(tensor)
        for kind, count in KINDS_OF_FACE.items()
    }
    return keras.Model(
        {"content": content, "code": code, "intensity": intensity}, outputs, name="voice_synthesizer"
    )
