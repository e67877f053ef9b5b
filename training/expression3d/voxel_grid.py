"""Faces as grids of voxels: each point is spread over the eight nearest, with where it has moved to."""

from __future__ import annotations

import numpy as np

SHAPE = (16, 16, 8)
"""Voxels across, up and in depth."""
CHANNELS = 4
"""How many points lie in a voxel, and their mean difference from the mean face in x, y and z."""
_MARGIN = 0.15  # outer-eye distances around the mean face: mouths open, jaws fall


def voxel_grids(
    differences: np.ndarray, template: np.ndarray, shape: tuple[int, int, int] = SHAPE
) -> np.ndarray:
    """Put points into a grid around the mean face.

    Args:
        differences: float (N, L, 3), aligned points less the mean face.
        template: float (L, 3), the mean face, outer-eye distances.
        shape: of the grid.

    Returns:
        float16 (N, *shape, 4): how many points, by trilinear shares, and the sum of their differences times
        ten.
    """
    count = len(differences)
    size = np.array(shape)
    low, high = template.min(axis=0) - _MARGIN, template.max(axis=0) + _MARGIN
    places = (differences + template - low) / (high - low) * (size - 1)
    places = np.clip(places, 0, size - 1 - 1e-4)
    whole = places.astype(np.int64)
    rest = (places - whole).astype(np.float32)
    values = np.concatenate([np.ones((*differences.shape[:2], 1)), 10 * differences], axis=2)
    cells = int(size.prod())
    grids = np.zeros((count * cells, CHANNELS), np.float32)
    row = np.arange(count)[:, None] * cells
    for corner in np.ndindex(2, 2, 2):
        share = np.prod(np.where(corner, rest, 1 - rest), axis=2)
        cell = whole + corner
        number = (row + (cell[..., 0] * size[1] + cell[..., 1]) * size[2] + cell[..., 2]).ravel()
        for channel in range(CHANNELS):
            grids[:, channel] += np.bincount(
                number, (share * values[..., channel]).ravel(), minlength=count * cells
            )
    return grids.reshape(count, *shape, CHANNELS).astype(np.float16)
