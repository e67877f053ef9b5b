"""What the networks of face points are fed: points without pose and scale, less those of a mean face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS
from emopoi.head.landmark_solver import outer_eye_distance
from emopoi.head.similarity import similarity


@dataclass(frozen=True, slots=True, eq=False)
class AlignedPoints:
    """Points of one face in the frame of the mean face.

    Attributes:
        difference: float32 (L, 3) from the mean face's points, in outer-eye distances.
        rotation: float64 (3, 3), of the mean face onto the points.
        scale: pixels per outer-eye distance.
        place: float64 (3,), where the head's origin is seen; pixels, y up.
    """

    difference: NDArray[np.float32]
    rotation: NDArray[np.float64]
    scale: float
    place: NDArray[np.float64]


class PointAlignment:
    """Aligns faces to one head.

    Args:
        head: with landmarks.

    Attributes:
        template: float64 (L, 3), points of its mean face in outer-eye distances.
        unit: one outer-eye distance in units of the head.

    Raises:
        InputError: the head has no landmarks.
    """

    def __init__(self, head: HeadModel) -> None:
        if not len(head.landmarks):
            raise InputError(f"head {head.name}: no landmarks to align by")
        template = head.landmarks.apply(head.v_template.astype(np.float64), head.f) + head.landmarks.offsets
        self._indices = head.landmarks.indices
        self.unit = outer_eye_distance(template, self._indices)
        self.template = template / self.unit

    def align(self, points: NDArray[np.floating]) -> AlignedPoints:
        """Take pose, scale and place out of one face.

        Args:
            points: float (468, 3), as of `FaceMesh.points`: pixels, y down, depth away from the camera.

        Raises:
            InputError: another shape, values that are not finite, or all points in one place.
        """
        if points.shape != (MEDIAPIPE_POINTS, 3):
            raise InputError(f"points: float ({MEDIAPIPE_POINTS}, 3) was expected, got {points.shape}")
        if not np.isfinite(points).all():
            raise InputError("points: values that are not finite")
        seen = points[self._indices].astype(np.float64) * (1.0, -1.0, -1.0)
        rotation, scale, place = similarity(self.template, seen)
        difference = (seen - place) @ rotation / scale - self.template
        return AlignedPoints(difference.astype(np.float32), rotation, scale, place)
