"""The camera of a head in a crop, and what it is in the picture that the crop was cut from."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

USUAL_SCALE = 0.42
"""Outer-eye distance over the side of a crop where a network's output `camera` is 0."""


def crop_camera(camera: NDArray[np.floating], size: int) -> tuple[float, float, float]:
    """Scale and place that a network's output means.

    Args:
        camera: float (3,): logarithm of scale over the usual one, x and y from the middle in sides of the
            crop, y down.
        size: side of the crop, pixels.

    Returns:
        Pixels per outer-eye distance, and x and y of the head's origin; pixels of the crop.
    """
    middle = (size - 1) / 2
    scale = size * USUAL_SCALE * math.exp(min(max(float(camera[0]), -5.0), 5.0))
    return scale, middle + size * float(camera[1]), middle + size * float(camera[2])


def out_of_crop(
    rotation: NDArray[np.floating], scale: float, x: float, y: float, to_crop: NDArray[np.floating]
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """A head's bearing in the picture.

    Args:
        rotation: float (3, 3), in the crop; x right, y up, z towards the camera.
        scale: pixels of the crop per unit.
        x: of the head's origin, pixels of the crop.
        y: of the head's origin, pixels of the crop, down.
        to_crop: float (2, 3), the similarity from pixels of the picture to pixels of the crop.

    Returns:
        Rotation float64 (3, 3), scale, and place float64 (3,), y up, depth 0, all in the picture.
    """
    larger = math.hypot(to_crop[0, 0], to_crop[0, 1])
    cosine, sine = to_crop[0, 0] / larger, to_crop[0, 1] / larger
    # The picture is the crop turned back; with y up that is the other way round.
    turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    place = np.linalg.solve(to_crop[:, :2], np.array([x, y]) - to_crop[:, 2])
    return turn @ rotation, scale / larger, np.array([place[0], -place[1], 0.0])
