"""Age as a distribution and gender as read off one face crop."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import layers

from emopoi.models.face_encoder import EncoderConfig, encode_face
from emopoi.types.labels import AGES


@dataclass(frozen=True)
class AgeGenderConfig:
    """Sizes of the network.

    Attributes:
        size: side of the colour input, pixels.
        encoder: widths of the encoder.
        dropout: before the heads, training only.
    """

    size: int = 88
    encoder: EncoderConfig = field(
        default_factory=lambda: EncoderConfig(
            stages=((32, 32), (64, 64), (128, 128), (320, 320)), stem_stride=2
        )
    )
    dropout: float = 0.4


def build_age_gender_network(config: AgeGenderConfig | None = None) -> keras.Model:
    """The network.

    Input `face`: float32 (N, S, S, 3), normalised RGB.
    Outputs: `age` float32 (N, 101) logits over whole years, `female` float32 (N, 1) logit.
    """
    config = config or AgeGenderConfig()
    face = keras.Input((config.size, config.size, 3), name="face")
    features = encode_face(face, config.encoder)
    features = layers.Dropout(config.dropout, name="dropout")(features)
    outputs = {
        "age": layers.Dense(AGES, dtype="float32", name="age")(features),
        "female": layers.Dense(1, dtype="float32", name="female")(features),
    }
    return keras.Model(face, outputs, name="age_gender")
