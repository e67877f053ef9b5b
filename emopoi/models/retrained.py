"""The network that tells labels of one's own: the expression network's encoder with a new head."""

from __future__ import annotations

import keras
from keras import layers

from emopoi.models.emotion import EmotionConfig
from emopoi.models.face_encoder import encode_face


def build_retrained_network(labels: int, config: EmotionConfig | None = None) -> keras.Model:
    """Encoder and head; the encoder's layers are named as in the expression network.

    Input `face`: float32 (N, S, S, 1), normalised grey.
    Output `own_labels`: float32 logits (N, labels).

    Args:
        labels: how many, at least 2.
        config: sizes of the expression network that it starts from.

    Raises:
        ValueError: fewer than two labels.
    """
    if labels < 2:
        raise ValueError(f"at least 2 labels were expected, got {labels}")
    config = config or EmotionConfig()
    face = keras.Input((config.size, config.size, 1), name="face")
    embedding = encode_face(face, config.encoder)
    features = layers.Dropout(config.dropout, name="dropout")(embedding)
    logits = layers.Dense(labels, dtype="float32", name="own_labels")(features)
    return keras.Model(face, {"own_labels": logits}, name="retrained")
