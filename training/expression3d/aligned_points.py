"""Points of many faces at once, without pose and scale: what the networks of the study are fed.

The same as `emopoi.head.point_alignment.PointAlignment`, which aligns one face on a device.
"""

from __future__ import annotations

import numpy as np

from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import axis_angle
from emopoi.runtime.frozen_head import load_head

_PART = 4096  # faces at a time


def alignment() -> PointAlignment:
    """To the head that ships."""
    return PointAlignment(load_head())


def align_all(template: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take pose, scale and place out of faces.

    Args:
        template: float64 (L, 3), `PointAlignment.template`.
        points: float (N, L, 3), pixels, y down, depth away from the camera; rows of zeros where there is
            no face.

    Returns:
        Differences from the template float32 (N, L, 3), in outer-eye distances, and the heads' turns
        against the camera float32 (N, 3), axis-angle radians; zeros where there is no face.
    """
    differences = np.zeros(points.shape, np.float32)
    turns = np.zeros((len(points), 3), np.float32)
    middle = template.mean(axis=0)
    shape = template - middle
    spread = float((shape**2).sum())
    for start in range(0, len(points), _PART):
        rows = np.flatnonzero(points[start : start + _PART].any(axis=(1, 2))) + start
        if not len(rows):
            continue
        seen = points[rows].astype(np.float64) * (1.0, -1.0, -1.0)
        seen -= seen.mean(axis=1, keepdims=True)
        left, stretch, right = np.linalg.svd(np.einsum("npi,pj->nij", seen, shape))
        signs = np.ones((len(rows), 3))
        signs[:, 2] = np.sign(np.linalg.det(left @ right))
        scale = (stretch * signs).sum(axis=1) / spread
        rotation = (left * signs[:, None]) @ right
        aligned = np.einsum("npi,nij->npj", seen, rotation) / scale[:, None, None]
        differences[rows] = aligned - shape
        turns[rows] = [axis_angle(one) for one in rotation]
    return differences, turns
