"""Cut and align one face: the same function for training, for measuring and for the device.

A model is trained on crops of one layout: eyes and mouth at known places of a square. That
layout is a fact about the model's training pictures (measured, see docs/faces.md) and stands
in its manifest. On the device the eyes and the mouth that the detector found are brought to
the same places by a similarity transform: rotation, one scale, shift.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import Face

_RIGHT_EYE, _LEFT_EYE, _MOUTH = 0, 1, 3


@dataclass(frozen=True, slots=True)
class CropLayout:
    """Where a square crop has the face, in fractions of its side.

    Attributes:
        eyes_y: height of the midpoint between the eyes (0 top, 1 bottom).
        mouth_y: height of the mouth's centre.
        eye_distance: distance between the eyes.
    """

    eyes_y: float
    mouth_y: float
    eye_distance: float

    def __post_init__(self) -> None:
        if not (0 <= self.eyes_y < self.mouth_y <= 1 and 0 < self.eye_distance < 1):
            raise InputError(f"crop layout: 0 <= eyes_y < mouth_y <= 1 and 0 < eye_distance < 1, got {self}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CropLayout:
        """Read what `to_dict` wrote.

        Raises:
            InputError: a field is missing or out of range.
        """
        try:
            return cls(float(data["eyes_y"]), float(data["mouth_y"]), float(data["eye_distance"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"crop layout: eyes_y, mouth_y and eye_distance were expected, got {data}"
            ) from error

    def to_dict(self) -> dict[str, float]:
        """The three fractions by name."""
        return asdict(self)

    def of_centre(self, side_px: float, whole_px: float) -> CropLayout:
        """The layout of the central square of `side_px` in a picture of `whole_px`."""
        margin, ratio = (whole_px - side_px) / 2 / whole_px, whole_px / side_px
        return CropLayout(
            (self.eyes_y - margin) * ratio, (self.mouth_y - margin) * ratio, self.eye_distance * ratio
        )


def crop_matrix(face: Face, layout: CropLayout, size: int) -> NDArray[np.float64]:
    """The similarity transform from picture to crop.

    The scale follows the larger of what the eye distance and the eye-mouth distance ask
    for: turning the head shortens the first, nodding the second, neither lengthens.

    Args:
        face: with keypoints in pixels of the picture.
        layout: where eyes and mouth shall lie.
        size: side of the crop, pixels.

    Returns:
        float64 (2, 3), maps picture pixels to crop pixels (pixel centres at whole numbers).

    Raises:
        InputError: the keypoints are not finite numbers of shape (6, 2).
    """
    points = np.asarray(face.keypoints, np.float64)
    if points.shape != (6, 2) or not np.isfinite(points).all():
        raise InputError(f"keypoints: six finite points (6, 2) were expected, got {points.tolist()}")
    right, left, mouth = points[_RIGHT_EYE], points[_LEFT_EYE], points[_MOUTH]
    eyes = (right + left) / 2
    across, down = left - right, mouth - eyes
    # The direction of the eyes and, turned by 90 degrees, that of the mouth: their sum is
    # the face's upright frame, and each counts by its length, so a profile view leans on the mouth.
    direction = across + np.array([down[1], -down[0]])
    length = math.hypot(*direction)
    if length < 1e-6:
        direction, length = np.array([1.0, 0.0]), 1.0
    cosine, sine = direction / length
    side = max(
        math.hypot(*across) / layout.eye_distance, math.hypot(*down) / (layout.mouth_y - layout.eyes_y)
    )
    side = max(side, 1.0)
    scale = size / side
    # The midpoint of eyes and mouth is the anchor: the error of either end is halved.
    anchor = (eyes + mouth) / 2
    target = np.array([0.5, (layout.eyes_y + layout.mouth_y) / 2]) * size - 0.5
    rotation = scale * np.array([[cosine, sine], [-sine, cosine]])
    return np.hstack([rotation, (target - rotation @ anchor)[:, None]])


def crop_face(
    image: NDArray[np.uint8], face: Face, layout: CropLayout, size: int, *, grey: bool = False
) -> NDArray[np.uint8]:
    """Cut one aligned face.

    Args:
        image: uint8 (H, W, 3) RGB or (H, W) grey.
        face: with keypoints in pixels of `image`.
        layout: the model's layout, from its manifest.
        size: side of the crop, pixels.
        grey: give one channel.

    Returns:
        uint8 (size, size, 3) RGB, or (size, size, 1) when grey. Outside the picture the edge
        is repeated.

    Raises:
        InputError: dtype or shape of `image` is another.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise InputError(f"uint8 (H, W, 3) or (H, W) was expected, got {image.dtype} {image.shape}")
    matrix = crop_matrix(face, layout, size)
    scale = math.hypot(matrix[0, 0], matrix[0, 1])
    source, matrix = _region(image, matrix, size)
    if scale < 0.5 and min(source.shape[:2]) > 4:
        # Far smaller: sampling single pixels would alias. Average first, then sample.
        factor = min(2 * scale, 1.0)
        width, height = (max(4, round(side * factor)) for side in source.shape[1::-1])
        matrix = matrix.copy()
        ratio_x, ratio_y = source.shape[1] / width, source.shape[0] / height
        # Pixel centres: x = (x' + .5) * ratio - .5
        matrix[:, 2] += matrix[:, 0] * (ratio_x - 1) / 2 + matrix[:, 1] * (ratio_y - 1) / 2
        matrix[:, 0] *= ratio_x
        matrix[:, 1] *= ratio_y
        source = cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA)
    if grey and source.ndim == 3:
        source = cv2.cvtColor(source, cv2.COLOR_RGB2GRAY)
    crop = cv2.warpAffine(
        source, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if crop.ndim == 2:
        return crop[..., None] if grey else np.repeat(crop[..., None], 3, axis=2)
    return crop


def recrop(picture: NDArray[np.uint8], was: CropLayout, layout: CropLayout, size: int) -> NDArray[np.uint8]:
    """Cut a tight training crop of layout `was` to another layout, as `crop_face` would.

    Args:
        picture: uint8 (S, S, C), square.
        was: its layout.
        layout: the layout wanted.
        size: side that comes out, pixels.

    Returns:
        uint8 (size, size, C).
    """
    side = picture.shape[0]
    half = was.eye_distance / 2
    points = np.array(
        [
            [0.5 - half, was.eyes_y],
            [0.5 + half, was.eyes_y],
            [0.5, 0.5],
            [0.5, was.mouth_y],
            [0, 0.4],
            [1, 0.4],
        ],
        np.float32,
    )
    face = Face((0, 0, side, side), 1.0, points * side - np.float32(0.5))
    grey = picture.shape[2] == 1
    return crop_face(picture[..., 0] if grey else picture, face, layout, size, grey=grey)


def _region(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], size: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of the picture that the crop can touch, so that colour and size work stays small."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[-1, -1, 1], [size, -1, 1], [-1, size, 1], [size, size, 1]], np.float64) @ inverse.T
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(0)) - 1, 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0)) + 2, [x0 + 1, y0 + 1], [width, height]).astype(int)
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.array([x0, y0], np.float64)
    return image[y0:y1, x0:x1], moved
