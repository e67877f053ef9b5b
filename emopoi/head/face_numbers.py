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


def face_mirror(pairs: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """What makes a face's numbers those of its mirror image: `numbers[order] * sides`.

    Args:
        pairs: int (L,), of `mirror_numbers`.

    Returns:
        order int64 (3 L + 3,) and sides float32 (3 L + 3,), 1 or -1.
    """
    count = len(pairs)
    points = np.arange(3 * count).reshape(-1, 3)[pairs].ravel()
    order = np.concatenate([points, 3 * count + np.arange(3)])
    # Axis-angle in a mirror across x: what turns about x stays, the rest changes sides.
    sides = np.concatenate([np.tile([-1, 1, 1], count), [1, -1, -1]]).astype(np.float32)
    return order, sides
