"""A joint as a sum of vertices, so that it follows the shape of the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError


def joint_row(
    vertices: NDArray[np.floating], chosen: NDArray[np.integer], place: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Weights of the chosen vertices that give a place exactly and are as even as they can be.

    Args:
        vertices: float (V, 3).
        chosen: int (N,), vertices about the joint; at least four that are not in one plane.
        place: float (3,), the joint.

    Returns:
        float32 (V,), sums to 1, zero where not chosen. The product with `vertices` is `place`.

    Raises:
        InputError: the chosen vertices can not give the place.
    """
    about = np.asarray(vertices, np.float64)[chosen] - place
    size = np.sqrt((about**2).sum(axis=1).mean()) if len(chosen) else 0.0
    conditions = np.concatenate([about.T / max(size, 1e-30), np.ones((1, len(chosen)))])
    even = np.full(len(chosen), 1.0 / max(len(chosen), 1))
    wanted = np.array([0.0, 0.0, 0.0, 1.0])
    # The smallest change of even weights that meets the four conditions.
    change = np.linalg.lstsq(conditions, wanted - conditions @ even, rcond=None)[0]
    weights = even + change
    if not len(chosen) or not np.allclose(conditions @ weights, wanted, atol=1e-6):
        raise InputError(f"joint: {len(chosen)} vertices were chosen, and they can not give its place")
    row = np.zeros(len(vertices), np.float32)
    row[chosen] = weights
    return row
