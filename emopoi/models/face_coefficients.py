"""Networks on face points and on coefficients: small, dense, for every frame of a phone."""

from __future__ import annotations

import keras
from keras import layers

from emopoi.types.labels import FER7

POSE = 7
"""Length of the output `pose`: axis-angle radians (3), log of scale, place (3) in outer-eye distances."""


def build_face_coefficients_network(
    landmarks: int = 468, identity: int = 30, expressions: int = 51
) -> keras.Model:
    """From aligned points to a head's coefficients.

    Input `points`: float32 (N, 3 L), `AlignedPoints.difference`, one point after the other.
    Outputs: `identity` float32 (N, I); `expression` float32 (N, E), to be cut to 0..1 where expressions
    have names; `pose` float32 (N, 7), what alignment to the mean face missed, see `POSE`.
    """
    points = keras.Input((3 * landmarks,), name="points")
    hidden = layers.Dense(256, activation="relu", name="hidden_1")(points)
    hidden = layers.Dense(192, activation="relu", name="hidden_2")(hidden)
    outputs = {
        "identity": layers.Dense(identity, dtype="float32", name="identity")(hidden),
        "expression": layers.Dense(expressions, dtype="float32", name="expression")(hidden),
        "pose": layers.Dense(POSE, dtype="float32", name="pose")(hidden),
    }
    return keras.Model(points, outputs, name="face_coefficients")


def build_coefficient_emotion_network(
    identity: int = 30, expressions: int = 51, *, dropout: float = 0.3
) -> keras.Model:
    """The expression named from coefficients alone (the test of Danecek et al. 2022, EMOCA).

    Input `coefficients`: float32 (N, I + E + 3): identity, expression, the head's turn as axis-angle.
    Output `fer7`: float32 logits (N, 7).
    """
    coefficients = keras.Input((identity + expressions + 3,), name="coefficients")
    return keras.Model(coefficients, {"fer7": named_from(coefficients, dropout)}, name="coefficient_emotion")


def named_from(values, dropout: float = 0.3):
    """The classifier of `build_coefficient_emotion_network` on any vector of numbers.

    Args:
        values: Keras tensor float32 (N, K).
        dropout: training only.

    Returns:
        Keras tensor float32 logits (N, 7).
    """
    hidden = layers.Dropout(dropout / 3, name="dropout_0")(values)
    for number, width in enumerate((192, 128), 1):
        hidden = layers.Dense(width, use_bias=False, name=f"hidden_{number}")(hidden)
        hidden = layers.BatchNormalization(name=f"norm_{number}")(hidden)
        hidden = layers.ReLU(name=f"relu_{number}")(hidden)
        hidden = layers.Dropout(dropout, name=f"dropout_{number}")(hidden)
    return layers.Dense(len(FER7), dtype="float32", name="fer7")(hidden)
