"""How far a head's points are from those of the landmark network."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

LIDS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373))
LIPS = ((13, 14), (82, 87), (312, 317), (0, 17), (61, 291))
CLOSURE = 2.0
"""How much the distances of lids and of lips count beside the places of all points."""


class PointsLoss(keras.losses.Loss):
    """Mean distance of points, depth at a third, and errors of the openings of eyes and mouth.

    Both tensors are float32 (N, L + 1, 3): points, and in the last row of the true ones the eye distance.

    Args:
        landmarks: int (L,), number of each point in MediaPipe's mesh; openings between points that are not
            among them do not count.
        lips: whether distances between lips count (relative lip distances of SPECTRE).
    """

    def __init__(self, landmarks: np.ndarray, *, lips: bool = True, **kwargs):
        super().__init__(**kwargs)
        place = {int(number): index for index, number in enumerate(landmarks)}
        pairs = (*LIDS, *LIPS) if lips else LIDS
        self._gaps = [(place[a], place[b]) for a, b in pairs if a in place and b in place]

    def call(self, y_true, y_pred):
        """Float32 (N,)."""
        distance = y_true[:, -1:, :1]
        weights = np.array([1.0, 1.0, 1 / 3], np.float32)
        true, found = y_true[:, :-1], y_pred[:, :-1]
        apart = ops.mean(ops.abs(true - found) * weights / distance, axis=(1, 2))
        if not self._gaps:
            return apart
        first, second = (np.array(ends) for ends in zip(*self._gaps, strict=True))

        def openings(points):
            return ops.take(points, first, axis=1)[..., :2] - ops.take(points, second, axis=1)[..., :2]

        gaps = ops.mean(ops.abs(openings(true) - openings(found)) / distance, axis=(1, 2))
        return apart + CLOSURE * gaps


def shape_loss(y_true, y_pred):
    """Mean distance of neutral points, float32 (N, 468, 3) outer-eye distances."""
    return ops.mean(ops.abs(y_true - y_pred), axis=(1, 2))


class ExpressionLoss(keras.losses.Loss):
    """Squared error of expressions, each over how much it differs from face to face.

    Without this, lids that hardly ever close (deviation .05) weigh a fortieth of smiles (.3).

    Args:
        spread: float (E,), deviations of the true values.
    """

    LEAST = 0.03

    def __init__(self, spread: np.ndarray, **kwargs):
        super().__init__(**kwargs)
        usual = np.asarray(spread, np.float32) + self.LEAST
        # On the whole as heavy as plain squares.
        self._weights = (np.mean(usual) / usual) ** 2
        self._weights = (self._weights / np.average(self._weights, weights=usual**2)).astype(np.float32)

    def call(self, y_true, y_pred):
        """Float32 (N,)."""
        return ops.mean(self._weights * ops.square(y_true - y_pred), axis=-1)


def told_loss(y_true, y_pred):
    """For outputs that are losses themselves: what they say, float32 (N, 1)."""
    return ops.mean(y_pred, axis=-1) + 0.0 * ops.mean(y_true, axis=-1)
