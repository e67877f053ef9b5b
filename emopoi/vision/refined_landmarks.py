"""The landmark network with lids that close."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emopoi.types import Face
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_landmarks import FaceMesh
from emopoi.vision.lid_points import refine_lids
from emopoi.vision.mesher import Mesher

_ENOUGH_PRESENCE = 0.5  # no face, no lids to look for


class RefinedLandmarks:
    """Places points as `FaceLandmarks` does, and the lids as `refine_lids` does.

    Args:
        landmarks: the landmark network.
        eyes: the network of lids.
    """

    def __init__(self, landmarks: Mesher, eyes: EyeLandmarks) -> None:
        self._landmarks = landmarks
        self._eyes = eyes

    def mesh(self, image: NDArray[np.uint8], face: Face) -> FaceMesh | None:
        """Place the points on one face.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: see `FaceLandmarks.mesh`.

        Returns:
            The points; None where the box is too small.

        Raises:
            InputError: the picture is of another type or shape.
        """
        mesh = self._landmarks.mesh(image, face)
        if mesh is None or mesh.presence < _ENOUGH_PRESENCE or not np.isfinite(mesh.points).all():
            return mesh
        lids = refine_lids(mesh.points, image, self._eyes)
        return replace(mesh, points=lids.points, eyes_open=lids.eyes_open)
