"""How sure the landmark network is that it looks at a face.

Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs": beside the 468 points the network gives one number for "there is a face here".
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.runtime.interpreter import TFLiteModel

_CROP_SCALE = 1.5  # side of the crop over side of the box, as the network was trained


class FacePresence:
    """Presence score of the landmark network.

    Args:
        content: bytes of face_landmark.tflite.
        threads: threads inside one run.

    Raises:
        ModelFileError: another model, or a damaged one.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        self._model = TFLiteModel(content, threads)
        sizes = [int(np.prod(output.shape)) for output in self._model.outputs]
        shape = self._model.inputs[0].shape
        if 1 not in sizes or len(shape) != 4:
            raise ModelFileError(f"not the face landmark model: input {shape}, outputs {sizes}")
        self._output = sizes.index(1)
        self._input = np.empty(shape, np.float32)

    def logit(self, image: NDArray[np.uint8], box: NDArray[np.float64], points: NDArray[np.float64]) -> float:
        """Score one box.

        Args:
            image: uint8 (H, W, 3) RGB.
            box: float (4,) xyxy pixels.
            points: float (6, 2) keypoints; the eyes level the crop.

        Returns:
            Log-odds: clear frontal faces lie at 15 to 35, things that are no faces below 3.
        """
        size = self._input.shape[1]
        step = _CROP_SCALE * max(box[2] - box[0], box[3] - box[1]) / size
        angle = eye_angle_rad(points)
        axes = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * step
        centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        to_picture = np.column_stack([axes, centre - axes @ np.full(2, size / 2 - 0.5) - 0.5])
        crop = cv2.warpAffine(image, to_picture, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        np.multiply(crop, np.float32(1 / 255), out=self._input[0])
        return float(self._model.run_first(self._input)[self._output].ravel()[0])


def eye_angle_rad(points: NDArray[np.floating]) -> float:
    """Tilt of the line from the person's right eye to the left one, clockwise as one sees it."""
    return math.atan2(float(points[1, 1] - points[0, 1]), float(points[1, 0] - points[0, 0]))
