"""How far the lids of one eye are apart.

Ablavatski et al. 2020, "Real-time Pupil Tracking from Monocular Video for Digital Puppetry". The
network is MediaPipe's `iris_landmark.tflite` (Apache-2.0), found as the detector's files are. It follows
closing lids where the 468-point network hardly does (docs/states.md has both figures).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.types import Face
from emopoi.vision.level_crop import cut_to_unit

RIGHT, LEFT = 0, 1
"""The person's own eyes, as in `Face.keypoints`."""

_SIZE = 64
_NUMBERS = 213  # 71 points of lids and brow
_CORNERS = (0, 8)
_LIDS = ((11, 3), (12, 4), (13, 5))  # (upper, lower) in the middle of the eye
# The square that is cut, over the distance between the eyes: as wide as the network was trained
# on, 2.3 widths of the eye, an eye being 0.43 of that distance.
_CROP_SCALE = 1.0
_SMALLEST_PX = 16.0  # distance between the eyes below which lids are a pixel or two


class EyeLandmarks:
    """The network of lids and iris.

    Args:
        content: bytes of iris_landmark.tflite.
        threads: threads inside one run.

    Raises:
        ModelFileError: another model, or a damaged one.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        self._model = TFLiteModel(content, threads)
        sizes = [int(np.prod(output.shape)) for output in self._model.outputs]
        shape = self._model.inputs[0].shape
        if _NUMBERS not in sizes or shape != (1, _SIZE, _SIZE, 3):
            raise ModelFileError(f"not the eye landmark model: input {shape}, outputs {sizes}")
        self._output = sizes.index(_NUMBERS)
        self._input = np.empty(shape, np.float32)

    def opening(self, image: NDArray[np.uint8], face: Face, eye: int) -> float | None:
        """Measure one eye.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: its keypoints say where the eyes are.
            eye: `RIGHT` or `LEFT`.

        Returns:
            Distance of the lids over the width of the eye: below about 0.15 shut, 0.25 to 0.4 open.
            None where the eyes are too close together to tell.

        Raises:
            InputError: the picture is of another type or shape, or there is no such eye.
        """
        points = np.asarray(face.keypoints, np.float64)
        across = points[LEFT] - points[RIGHT]
        distance = math.hypot(*across)
        if eye not in (RIGHT, LEFT):
            raise InputError(f"eye: {RIGHT} or {LEFT} was expected, got {eye!r}")
        if not distance < math.inf:
            return None
        found = self.points(image, points[eye], across / max(distance, 1e-9), distance, eye)
        return None if found is None else lid_opening(found)

    def points(
        self,
        image: NDArray[np.uint8],
        centre: NDArray[np.floating],
        along: NDArray[np.floating],
        distance_px: float,
        eye: int,
    ) -> NDArray[np.float64] | None:
        """Place the points on one eye.

        Args:
            image: uint8 (H, W, 3) RGB.
            centre: float (2,), pixels, about the middle of the eye.
            along: float (2,) of length 1, from the right eye to the left one.
            distance_px: between the eyes, not shortened by turning.
            eye: `RIGHT` or `LEFT`.

        Returns:
            float64 (71, 2), pixels of the picture; `lid_points.EYE_POINTS` tells which they are. None where
            the eyes are too close together to tell.

        Raises:
            InputError: the picture is of another type or shape, or there is no such eye.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise InputError(f"uint8 (H, W, 3) was expected, got {image.dtype} {image.shape}")
        if eye not in (RIGHT, LEFT):
            raise InputError(f"eye: {RIGHT} or {LEFT} was expected, got {eye!r}")
        if not _SMALLEST_PX <= distance_px < math.inf:
            return None
        to_picture = _crop_to_picture(
            np.asarray(centre, np.float64), np.asarray(along), _CROP_SCALE * distance_px, eye == LEFT
        )
        cut_to_unit(image, to_picture, self._input[0])
        found = self._model.run_first(self._input)[self._output].reshape(-1, 3)[:, :2]
        return found @ to_picture[:, :2].T + to_picture[:, 2]


def lid_opening(points: NDArray[np.floating]) -> float:
    """Mean distance of three pairs of points on the lids over the distance of the eye's corners.

    The eye aspect ratio of Soukupová & Čech 2016, "Real-Time Eye Blink Detection using Facial
    Landmarks", with three pairs for two.

    Args:
        points: float (71, 2 or 3), the first two columns x and y in one unit.

    Returns:
        0 shut; 0 too where the corners are in one place.
    """
    width = math.hypot(*(points[_CORNERS[0], :2] - points[_CORNERS[1], :2]))
    if width <= 0:
        return 0.0
    gaps = [math.hypot(*(points[upper, :2] - points[lower, :2])) for upper, lower in _LIDS]
    return sum(gaps) / len(gaps) / width


def _crop_to_picture(
    centre: NDArray[np.float64], along: NDArray[np.float64], side: float, mirrored: bool
) -> NDArray[np.float64]:
    """float64 (2, 3): from crop pixels to picture pixels; the network knows right eyes alone."""
    step = side / _SIZE
    axes = np.array([[along[0], -along[1]], [along[1], along[0]]]) * step
    if mirrored:
        axes[:, 0] *= -1.0
    return np.column_stack([axes, centre - axes @ np.full(2, _SIZE / 2 - 0.5)])
