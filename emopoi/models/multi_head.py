"""One encoder, three answers: expression, age and gender from one grey crop.

For the smallest devices: one file, one pass over the pixels. It shares the expression
network's input, so its age is coarser than that of the colour network.
"""

from __future__ import annotations

import keras
from keras import layers

from emopoi.models.emotion import EmotionConfig
from emopoi.models.face_encoder import encode_face
from emopoi.types.labels import AGES, FER7, FERPLUS8


def build_multi_head_network(config: EmotionConfig | None = None) -> keras.Model:
    """The network.

    Input `face`: float32 (N, S, S, 1), normalised grey.
    Outputs, float32 logits: `fer7` (N, 7), `ferplus8` (N, 8), `age` (N, 101), `female` (N, 1).
    """
    config = config or EmotionConfig()
    face = keras.Input((config.size, config.size, 1), name="face")
    features = layers.Dropout(config.dropout, name="dropout")(encode_face(face, config.encoder))
    sizes = {"fer7": len(FER7), "ferplus8": len(FERPLUS8), "age": AGES, "female": 1}
    outputs = {name: layers.Dense(size, dtype="float32", name=name)(features) for name, size in sizes.items()}
    return keras.Model(face, outputs, name="multi_head")
