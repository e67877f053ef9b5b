"""The turn and shift that takes points nearest to where they went."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rigid_motion(
    before: NDArray[np.floating], after: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least squares; Kabsch 1976, "A solution for the best rotation to relate two sets of vectors".

    Args:
        before: float (N, 3).
        after: float (N, 3), where the same points went.

    Returns:
        float64 (3, 3) rotation R and float64 (3,) shift t: after is about before @ R.T + t.
    """
    before, after = np.asarray(before, np.float64), np.asarray(after, np.float64)
    from_centre, to_centre = before.mean(axis=0), after.mean(axis=0)
    left, _, right = np.linalg.svd((before - from_centre).T @ (after - to_centre))
    # No mirror: the last axis turns over where the best linear map would.
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * signs @ right).T
    return rotation, to_centre - rotation @ from_centre
