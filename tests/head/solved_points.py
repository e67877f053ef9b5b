"""Points as MediaPipe would give them for a head with known coefficients."""

import numpy as np

from emopoi.head.head_model import project
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS


def points_of(head, coefficients):
    """float64 (468, 3) pixels, y down, depth away from the camera; points that the head lacks stay 0."""
    seen = project(head.landmark_points(head.vertices(coefficients)).astype(np.float64), coefficients.camera)
    points = np.zeros((MEDIAPIPE_POINTS, 3))
    points[head.landmarks.indices] = seen * (1, 1, -1)
    return points
