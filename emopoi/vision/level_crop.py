"""The square around a face, turned until its eyes are level: what MediaPipe's face networks look at."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

FACE_SCALE = 1.5
"""Side of the square over the longer side of the box, as the landmark network was trained."""


def level_crop(
    box: NDArray[np.floating] | tuple[float, float, float, float], keypoints: NDArray[np.floating], size: int
) -> NDArray[np.float64]:
    """From crop pixels to picture pixels.

    Args:
        box: xyxy, pixels.
        keypoints: float (K, 2), the person's right eye and left eye first.
        size: side of the crop, pixels.

    Returns:
        float64 (2, 3), an affine map.
    """
    angle = eye_angle_rad(keypoints)
    step = FACE_SCALE * max(box[2] - box[0], box[3] - box[1]) / size
    axes = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * step
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    return np.column_stack([axes, centre - axes @ np.full(2, size / 2 - 0.5) - 0.5])


def eye_angle_rad(points: NDArray[np.floating]) -> float:
    """Tilt of the line from the person's right eye to the left one, clockwise as one sees it."""
    return math.atan2(float(points[1, 1] - points[0, 1]), float(points[1, 0] - points[0, 0]))


def cut_to_unit(image: NDArray[np.uint8], to_picture: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Resample a crop into a network's input.

    Args:
        image: uint8 (H, W, 3) RGB.
        to_picture: float64 (2, 3), from crop pixels to picture pixels.
        out: float32 (S, S, 3), filled with 0..1.
    """
    crop = cv2.warpAffine(
        image, to_picture, (out.shape[1], out.shape[0]), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    np.multiply(crop, np.float32(1 / 255), out=out)
