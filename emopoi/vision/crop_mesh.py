"""MediaPipe's 468 points on a picture that is a tight crop of one face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emopoi.types import Face
from emopoi.vision.face_landmarks import FaceMesh
from emopoi.vision.mesher import Mesher

_EYES = (33, 263)  # outer corners, the person's right and left
_MARGIN = 0.2  # of the picture, added on each side: tight crops cut chin and forehead
_FIRST_LOOK_SCALE = 1.5  # the network's crop is larger than a face's box by this


def mesh_of_crop(landmarks: Mesher, picture: NDArray[np.uint8], looks: int = 2) -> FaceMesh | None:
    """Points of a picture that is a tight crop of one upright face.

    Args:
        landmarks: the network.
        picture: uint8 (H, W, 3) RGB.
        looks: how often; from the second on the crop follows the points, as MediaPipe does in a video.

    Returns:
        Points in pixels of the picture, with the first look's presence: later ones look at what was
        believed before. None where the picture is too small.

    Raises:
        InputError: the picture is of another type or shape.
    """
    height, width = picture.shape[:2]
    side = max(height, width) * (1 + 2 * _MARGIN) / _FIRST_LOOK_SCALE
    centre = np.array([width / 2, height / 2])
    keypoints = np.zeros((6, 2), np.float32)
    keypoints[1, 0] = 1.0
    box = (*(centre - side / 2), *(centre + side / 2))
    mesh: FaceMesh | None = None
    for _ in range(looks):
        found = landmarks.mesh(picture, Face(box, 1.0, keypoints))
        if found is None or not np.isfinite(found.points).all():
            return mesh
        mesh = found if mesh is None else replace(found, presence=mesh.presence)
        box = (*found.points[:, :2].min(axis=0), *found.points[:, :2].max(axis=0))
        keypoints = keypoints.copy()
        keypoints[0], keypoints[1] = found.points[_EYES[0], :2], found.points[_EYES[1], :2]
    return mesh
