"""A face as the numbers that the network of points reads, kept in a range that eight bits can hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REACH = 0.3
"""Farther from the mean face, in outer-eye distances, no point is told: the landmark network has lost it.
Without this a few faces in profile set the steps of int8 for all."""
TURN_SHARE = 0.25
"""Radians of the head's turn are told a quarter as large, so that they stay in the same range."""


def face_numbers(differences: NDArray[np.floating], turns: NDArray[np.floating]) -> NDArray[np.float32]:
    """Points and turns side by side.

    Args:
        differences: float (N, L, 3), `AlignedPoints.difference`.
        turns: float (N, 3), of the head against the camera, axis-angle radians.

    Returns:
        float32 (N, 3 L + 3), within -0.3 to 0.3.
    """
    points = differences.reshape(len(differences), -1)
    told = np.concatenate([points, TURN_SHARE * turns], axis=1)
    return np.clip(told, -REACH, REACH).astype(np.float32)
