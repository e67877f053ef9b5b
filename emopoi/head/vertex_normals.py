"""Normals of a mesh's vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def vertex_normals(vertices: NDArray[np.floating], f: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean normals of the triangles around each vertex, weighted by their areas.

    Args:
        vertices: float (V, 3).
        f: int (F, 3), counter-clockwise from outside.

    Returns:
        float64 (V, 3), unit vectors; (0, 0, 1) where a vertex has no triangle, or flat ones alone.
    """
    first, second, third = (np.asarray(vertices, np.float64)[f[:, corner]] for corner in range(3))
    faces = np.cross(second - first, third - first)
    corners = f.T.ravel()
    sums = np.stack(
        [np.bincount(corners, np.tile(faces[:, axis], 3), minlength=len(vertices)) for axis in range(3)],
        axis=1,
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    normals = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    normals[lengths[:, 0] == 0] = (0.0, 0.0, 1.0)
    return normals
