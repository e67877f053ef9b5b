"""Hears how something is said by how the voice moves: fixed filters, then a small learned head.

The form that ships. `emotion_encoder` learns its filters too; docs/voice-study.md compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from emopoi.models.voice.emotion_encoder import CODE, FRAMES
from emopoi.models.voice.modulations import Modulations, feature_count
from emopoi.types.voice_labels import VOICE8


@dataclass(frozen=True)
class ModulationEncoderConfig:
    """Sizes of the encoder.

    Attributes:
        bands: mel bands.
        hidden: numbers between features and code.
        code: numbers of the code.
        dropout: of features and hidden numbers.
    """

    bands: int = 64
    hidden: int = 192
    code: int = CODE
    dropout: float = 0.55


def build_modulation_head(config: ModulationEncoderConfig | None = None) -> keras.Model:
    """The learned part.

    Input `features`: float32 (N, F) from `Modulations`.
    Outputs: `code` float32 (N, 64) and `voice8`, logits float32 (N, 8) in the order of `VOICE8`.
    """
    config = config or ModulationEncoderConfig()
    features = keras.Input((feature_count(config.bands),), name="features")
    # Standardises; nothing to learn here.
    tensor = layers.BatchNormalization(momentum=0.99, center=False, scale=False, name="standard")(features)
    tensor = layers.Dropout(config.dropout)(tensor)
    tensor = layers.Dense(config.hidden, use_bias=False, name="hidden")(tensor)
    tensor = layers.BatchNormalization(momentum=0.95, name="hidden_norm")(tensor)
    tensor = layers.Dropout(config.dropout)(layers.ReLU()(tensor))
    code = layers.Dense(config.code, use_bias=False, name="code_dense")(tensor)
    code = layers.BatchNormalization(momentum=0.95, dtype="float32", name="code")(code)
    answer = layers.Dropout(config.dropout / 2)(layers.ReLU()(code))
    logits = layers.Dense(len(VOICE8), dtype="float32", name="voice8")(answer)
    return keras.Model(features, {"code": code, "voice8": logits}, name="modulation_head")


def build_modulation_encoder(
    config: ModulationEncoderConfig | None = None, frames: int = FRAMES
) -> keras.Model:
    """The encoder as a device runs it; inputs and outputs as of `build_emotion_encoder`."""
    config = config or ModulationEncoderConfig()
    mel = keras.Input((frames, config.bands), name="mel")
    there = keras.Input((frames,), name="there")
    features = Modulations(dtype="float32", name="modulations")(mel, there)
    told = build_modulation_head(config)(features)
    return keras.Model({"mel": mel, "there": there}, told, name="voice_emotion")
