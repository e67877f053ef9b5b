"""The largest face of a picture, found with BlazeFace: for collections that do not say where faces are."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from emopoi.errors import InputError
from emopoi.types import Face
from emopoi.vision.photo_detector import PhotoDetector


@cache
def _detector() -> PhotoDetector:
    # One a process: it keeps buffers.
    return PhotoDetector()


def with_face(picture: np.ndarray) -> tuple[np.ndarray, Face]:
    """Find the largest face.

    A tight crop leaves a detector no room: where there is no face in the picture as it is, a border of
    half the picture that repeats its edge is put around it.

    Args:
        picture: uint8 (H, W, 3) RGB.

    Returns:
        The picture in which the face was found, and the face.

    Raises:
        InputError: no face was found.
        MissingPartError: the detector's models are not installed.
    """
    border = max(picture.shape[:2]) // 2
    for looked_at in (
        lambda: picture,
        lambda: cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_REPLICATE),
    ):
        wide = looked_at()
        faces = _detector().detect(wide)
        if faces:
            return wide, faces[0]
    raise InputError("no face found")
