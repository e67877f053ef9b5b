"""The expression networks: one frame, and the LSTM over the frames of one face."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import layers

from emopoi.models.face_encoder import EncoderConfig, encode_face
from emopoi.types.labels import FER7, FERPLUS8


@dataclass(frozen=True)
class EmotionConfig:
    """Sizes of the frame network.

    Attributes:
        size: side of the grey input, pixels.
        encoder: widths of the encoder.
        dropout: before the heads, training only.
    """

    size: int = 44
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    dropout: float = 0.4


def build_emotion_network(config: EmotionConfig | None = None) -> keras.Model:
    """The frame network.

    Input `face`: float32 (N, S, S, 1), normalised grey.
    Outputs: `fer7` and `ferplus8`, float32 logits (N, 7) and (N, 8), and `embedding`
    float32 (N, D), what the LSTM reads.
    """
    config = config or EmotionConfig()
    face = keras.Input((config.size, config.size, 1), name="face")
    embedding = encode_face(face, config.encoder)
    features = layers.Dropout(config.dropout, name="dropout")(embedding)
    outputs = {
        "fer7": layers.Dense(len(FER7), dtype="float32", name="fer7")(features),
        "ferplus8": layers.Dense(len(FERPLUS8), dtype="float32", name="ferplus8")(features),
        "embedding": layers.Activation("linear", dtype="float32", name="embedding")(embedding),
    }
    return keras.Model(face, outputs, name="emotion")
