"""Which way a head points, from six keypoints."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import HeadPose

LAYOUT: NDArray[np.float64] = np.array(
    [
        [-0.50, 0.00, 0.00],
        [0.50, 0.00, 0.00],
        [0.00, -0.60, 0.64],
        [0.00, -1.09, 0.29],
        [-1.10, -0.25, -0.94],
        [1.10, -0.25, -0.94],
    ]
)
"""An average head in the order of `KEYPOINTS`: float64 (6, 3), one eye distance = 1, origin
between the eyes, x to the person's left, y up, z out of the face. Eyes, nose, mouth and depth
follow MediaPipe's canonical face (Apache-2.0); the ears are moved to where BlazeFace marks them
on frontal UTKFace pictures."""
LAYOUT.setflags(write=False)

_CENTRED = LAYOUT - LAYOUT.mean(axis=0)
_FROM_POINTS = np.linalg.pinv(_CENTRED)
_SMALLEST_PX = 4.0  # eye distance of the fitted head
_WORST_FIT = 0.35  # mean distance of the points from the fitted head, in eye distances


def head_pose(keypoints: NDArray[np.floating]) -> HeadPose | None:
    """Fit an average head under weak perspective.

    The best linear map from the head to the points is brought to the nearest scaled rotation
    (Tomasi & Kanade 1992, "Shape and Motion from Image Streams under Orthography"). Good to a
    few degrees near the front; people differ from the average head, nodding most of all.

    Args:
        keypoints: float (6, 2) xy pixels in the order of `KEYPOINTS`, y down.

    Returns:
        The pose; None where the points are no head (all in one place, not finite, or far from
        every pose of the average head).

    Raises:
        InputError: another shape.
    """
    points = np.asarray(keypoints, dtype=np.float64)
    if points.shape != (6, 2):
        raise InputError(f"keypoints: float (6, 2) was expected, got {points.shape}")
    if not np.isfinite(points).all():
        return None
    upward = points * (1.0, -1.0)
    upward -= upward.mean(axis=0)
    linear = (_FROM_POINTS @ upward).T
    left, scales, right = np.linalg.svd(linear, full_matrices=False)
    scale = float(scales.mean())
    if scale < _SMALLEST_PX:
        return None
    rows = left @ right
    misses = upward - scale * _CENTRED @ rows.T
    if float(np.hypot(misses[:, 0], misses[:, 1]).mean()) > _WORST_FIT * scale:
        return None
    rotation = np.vstack([rows, np.cross(rows[0], rows[1])])
    return HeadPose(
        yaw_deg=math.degrees(math.atan2(rotation[0, 2], rotation[2, 2])),
        pitch_deg=math.degrees(math.asin(float(np.clip(rotation[1, 2], -1.0, 1.0)))),
        roll_deg=math.degrees(math.atan2(rotation[1, 0], rotation[1, 1])),
    )
