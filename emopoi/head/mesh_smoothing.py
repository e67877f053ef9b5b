"""Even out a value over a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mesh_edges(faces: NDArray[np.integer]) -> NDArray[np.int64]:
    """Each edge of a triangle mesh once.

    Args:
        faces: int (F, 3).

    Returns:
        int64 (E, 2), the smaller number first.
    """
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    return np.unique(np.sort(edges, axis=1), axis=0)


def smoothed(
    values: NDArray[np.floating], faces: NDArray[np.integer], steps: int, *, keep: float = 0.5
) -> NDArray[np.float64]:
    """Draw every vertex towards the mean of its neighbours.

    Args:
        values: float (V,) or (V, K).
        faces: int (F, 3).
        steps: how often.
        keep: share of its own value that a vertex keeps in a step, 0..1.

    Returns:
        float64 of the same shape; vertices without neighbours are as they were.
    """
    table = np.asarray(values, np.float64).reshape(len(values), -1)
    edges = mesh_edges(faces)
    ends, others = np.concatenate([edges, edges[:, ::-1]]).T
    count = np.bincount(ends, minlength=len(table))[:, None]
    for _ in range(steps):
        sums = np.stack([np.bincount(ends, column[others], len(table)) for column in table.T], axis=1)
        table = np.where(count > 0, keep * table + (1 - keep) * sums / np.maximum(count, 1), table)
    return table.reshape(np.shape(values))
