"""The turn, scale and place that bring points nearest to others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError


def similarity(
    shape: NDArray[np.floating], seen: NDArray[np.floating]
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Least squares (Umeyama 1991, "Least-squares estimation of transformation parameters").

    Args:
        shape: float (N, 3).
        seen: float (N, 3), where the same points are.

    Returns:
        Rotation float64 (3, 3), scale and place (3,): seen is about scale * shape @ rotation.T + place.

    Raises:
        InputError: all points in one place.
    """
    middle, centre = shape.mean(axis=0), seen.mean(axis=0)
    spread = float(((shape - middle) ** 2).sum())
    left, stretch, right = np.linalg.svd((seen - centre).T @ (shape - middle))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    scale = float((stretch * sign).sum()) / spread if spread > 0 else 0.0
    if not scale > 1e-6:
        raise InputError("points: all in one place")
    rotation = (left * sign) @ right
    return rotation, scale, centre - scale * rotation @ middle
