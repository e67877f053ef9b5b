"""The expression named from face points alone: no pixel is read after the landmarks."""

from __future__ import annotations

import keras
from keras import layers

from emopoi.types.labels import FER7

POINTS = 468
TURN = 3
FACE_NUMBERS = 3 * POINTS + TURN
"""Length of a face: aligned points one after the other (`AlignedPoints.difference`), then the head's turn."""

DIRECTIONS = 96
"""Of the space in which faces differ: they hold 99.97 % of the variance."""
WIDTHS = (512, 160)
"""Of the hidden layers; half of the parameters read the points, and int8 stays below 300 KB."""


def build_landmark_emotion_network(directions: int = DIRECTIONS) -> keras.Model:
    """A perceptron on aligned points; its first layer finds where in the space of faces one lies.

    Input `points`: float32 (N, 1407), `emopoi.head.face_numbers`: differences of 468 points from the mean
    face in outer-eye distances, one point after the other, then the head's turn against the camera.
    Output `fer7`: float32 logits (N, 7).

    Args:
        directions: of the space; the first layer's width.
    """
    points = keras.Input((FACE_NUMBERS,), name="points")
    numbers = layers.Dense(directions, name="shape")(points)
    answer = {"fer7": named_from_numbers(numbers)}
    return keras.Model(points, answer, name="landmark_emotion")


def build_shape_emotion_network(
    directions: int = DIRECTIONS, widths: tuple[int, ...] = WIDTHS, *, dropout: float = 0.3
) -> keras.Model:
    """What stands behind the first layer, which is worked out beforehand: this part is trained.

    Input `numbers`: float32 (N, D) of variance 1. Output as of `build_landmark_emotion_network`; layers have
    the same names.

    Args:
        directions: of the space.
        widths: of the hidden layers.
        dropout: training only.
    """
    numbers = keras.Input((directions,), name="numbers")
    answer = {"fer7": named_from_numbers(numbers, widths, dropout=dropout)}
    return keras.Model(numbers, answer, name="shape_emotion")


def named_from_numbers(numbers, widths: tuple[int, ...] = WIDTHS, *, dropout: float = 0.3):
    """The hidden layers and the answer.

    Args:
        numbers: Keras tensor float32 (N, D).
        widths: of the hidden layers.
        dropout: training only.

    Returns:
        Keras tensor float32 logits (N, 7).
    """
    hidden = numbers
    for number, width in enumerate(widths, 1):
        hidden = layers.Dense(width, use_bias=False, name=f"hidden_{number}")(hidden)
        hidden = layers.BatchNormalization(momentum=0.97, name=f"norm_{number}")(hidden)
        hidden = layers.ReLU(name=f"relu_{number}")(hidden)
        hidden = layers.Dropout(dropout, name=f"dropout_{number}")(hidden)
    return layers.Dense(len(FER7), dtype="float32", name="fer7")(hidden)
