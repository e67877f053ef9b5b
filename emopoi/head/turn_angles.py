"""A head's turn as the angles of `HeadPose`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.head.skinning import rotation_matrices
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.types.head_pose import HeadPose


def turn_angles_deg(turn: NDArray[np.floating]) -> NDArray[np.float64]:
    """Yaw, pitch and roll, degrees, in the sense of `HeadPose`.

    Args:
        turn: float (..., 3), axis times angle, radians.

    Returns:
        float64 (..., 3).
    """
    rotation = rotation_matrices(np.asarray(turn, np.float64))
    yaw = np.arctan2(rotation[..., 0, 2], rotation[..., 2, 2])
    pitch = np.arcsin(np.clip(rotation[..., 1, 2], -1.0, 1.0))
    roll = np.arctan2(rotation[..., 1, 0], rotation[..., 1, 1])
    return np.degrees(np.stack([yaw, pitch, roll], axis=-1))


def pose_of(coefficients: FaceCoefficients) -> HeadPose:
    """Which way the head of these coefficients points."""
    return HeadPose(*map(float, turn_angles_deg(coefficients.pose[0])))
