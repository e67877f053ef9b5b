"""468 points of one face, and how far its mouth is open.

Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs".
The network is MediaPipe's `face_landmark.tflite` (Apache-2.0), found as the detector's files are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.types import Face
from emopoi.vision.level_crop import cut_to_unit, level_crop

POINTS = 468
_SMALLEST_PX = 12.0  # nothing to see on smaller ones

# Points by number in MediaPipe's mesh.
_LIPS, _MOUTH_CORNERS = (13, 14), (78, 308)


@dataclass(frozen=True, slots=True)
class FaceMesh:
    """Where the points of one face lie.

    Attributes:
        points: float32 (468, 3), x and y in pixels of the picture and depth in the same unit.
        presence: 0..1, how sure the network is that there is a face.
        eyes_open: of the right and the left eye, distance of the lids over the width of the eye; None where
            the network of lids was not asked.
    """

    points: NDArray[np.float32]
    presence: float
    eyes_open: tuple[float | None, float | None] = (None, None)


class FaceLandmarks:
    """The landmark network.

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
        if sorted(sizes) != [1, 3 * POINTS] or len(shape) != 4 or shape[-1] != 3:
            raise ModelFileError(f"not the face landmark model: input {shape}, outputs {sizes}")
        self._presence = sizes.index(1)
        self._points = 1 - self._presence
        self._input = np.empty(shape, np.float32)

    def mesh(self, image: NDArray[np.uint8], face: Face) -> FaceMesh | None:
        """Place the points on one face.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: its box is cut, levelled by its eyes.

        Returns:
            The points; None where the box is too small.

        Raises:
            InputError: the picture is of another type or shape.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise InputError(f"uint8 (H, W, 3) was expected, got {image.dtype} {image.shape}")
        if min(face.width_px, face.height_px) < _SMALLEST_PX:
            return None
        to_picture = level_crop(face.box, np.asarray(face.keypoints, np.float64), self._input.shape[1])
        cut_to_unit(image, to_picture, self._input[0])
        outputs = self._model.run_first(self._input)
        points = outputs[self._points].reshape(POINTS, 3)
        placed = np.empty_like(points)
        placed[:, :2] = points[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        placed[:, 2] = points[:, 2] * math.hypot(to_picture[0, 0], to_picture[1, 0])
        logit = float(outputs[self._presence].ravel()[0])
        return FaceMesh(placed, 0.5 * (1.0 + math.tanh(0.5 * logit)))


def mouth_opening(points: NDArray[np.floating]) -> float:
    """Distance of the inner lips over the width between the mouth's inner corners.

    Taken in space, so that turning or nodding the head shortens neither.

    Args:
        points: float (468, 3), x, y and depth in one unit.

    Returns:
        0 closed; up to about 0.5 in speech and above in shouts and yawns.

    Raises:
        InputError: another shape.
    """
    if points.shape != (POINTS, 3):
        raise InputError(f"points: float ({POINTS}, 3) was expected, got {points.shape}")
    width = _distance(points, *_MOUTH_CORNERS)
    return _distance(points, *_LIPS) / width if width > 0 else 0.0


def _distance(points: NDArray[np.floating], first: int, second: int) -> float:
    a, b = points[first], points[second]
    return math.sqrt(float((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2))
