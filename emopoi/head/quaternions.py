"""Rotations as quaternions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def unit_quaternions(rotations: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit quaternions, each on the same half of the sphere as the one before it.

    A quaternion and its negative are one rotation; on the same side the way between two is the short one.
    The largest component is found first: Shepperd 1978, "Quaternion from rotation matrix".

    Args:
        rotations: float (T, 3, 3).

    Returns:
        float64 (T, 4) x, y, z, w; the first has w of at least 0.
    """
    rotations = np.asarray(rotations, np.float64)
    x, y, z = rotations[:, 0, 0], rotations[:, 1, 1], rotations[:, 2, 2]
    # The symmetric matrix 4 q q^T; any of its columns is the quaternion, the longest the surest.
    outer = np.empty((len(rotations), 4, 4))
    outer[:, [0, 1, 2, 3], [0, 1, 2, 3]] = 1.0 + np.stack(
        [x - y - z, y - x - z, z - x - y, x + y + z], axis=1
    )
    for first, second, last in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        outer[:, first, second] = outer[:, second, first] = (
            rotations[:, first, second] + rotations[:, second, first]
        )
        outer[:, last, 3] = outer[:, 3, last] = rotations[:, second, first] - rotations[:, first, second]
    longest = outer[:, [0, 1, 2, 3], [0, 1, 2, 3]].argmax(axis=1)
    quaternions = outer[np.arange(len(outer)), :, longest]
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    if not len(quaternions):
        return quaternions
    sides = np.where((quaternions[1:] * quaternions[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    start = -1.0 if quaternions[0, 3] < 0 else 1.0
    return quaternions * np.concatenate([[start], start * np.cumprod(sides)])[:, None]
