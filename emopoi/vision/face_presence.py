"""How sure the landmark network is that it looks at a face.

Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs": beside the 468 points the network gives one number for "there is a face here".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.vision.level_crop import cut_to_unit, level_crop


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
        cut_to_unit(image, level_crop(box, points, self._input.shape[1]), self._input[0])
        return float(self._model.run_first(self._input)[self._output].ravel()[0])
