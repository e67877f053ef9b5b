"""One BlazeFace network: a square of the picture in, face candidates out.

Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs".
The files are MediaPipe's (Apache-2.0); the anchors follow the options that MediaPipe
publishes with its face detection graphs: fixed anchors of size one at the centres of the
cells of each feature map, offsets counted in input pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.runtime.interpreter import TFLiteModel

Region = tuple[float, float, float]
"""A square of the picture: left, top and side in pixels; may reach outside of the picture."""

_STRIDES = {
    # input size, number of anchors -> (cell size in input pixels, anchors a cell)
    (128, 896): ((8, 2), (16, 6)),
    (192, 2304): ((4, 1),),
}
_LOGIT_LIMIT = 100.0
_MIRRORED_POINTS = [1, 0, 2, 3, 5, 4]
_TO_UNIT = np.float32(1 / 127.5)
_ONE = np.float32(1)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Raw finds, not merged yet.

    Attributes:
        boxes: float64 (N, 4) xyxy pixels of the full picture.
        points: float64 (N, 6, 2) xy pixels of the full picture.
        scores: float64 (N,), 0..1.
    """

    boxes: NDArray[np.float64]
    points: NDArray[np.float64]
    scores: NDArray[np.float64]

    @staticmethod
    def joined(parts: list[Candidates]) -> Candidates:
        """All finds of several passes in one."""
        if not parts:
            return Candidates(np.zeros((0, 4)), np.zeros((0, 6, 2)), np.zeros(0))
        return Candidates(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.scores for part in parts]),
        )

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Candidates:
        """Only the finds of a mask or an index."""
        return Candidates(self.boxes[keep], self.points[keep], self.scores[keep])


def whole_picture(image: NDArray[np.uint8]) -> Region:
    """The smallest square around the whole picture, centred: what MediaPipe calls letterboxing."""
    height, width = image.shape[:2]
    side = float(max(height, width))
    return ((width - side) / 2, (height - side) / 2, side)


class BlazeFaceNetwork:
    """One of the two networks.

    Args:
        content: bytes of face_detection_short_range.tflite (128 px, faces from about 1/6 of the
            square) or face_detection_full_range_sparse.tflite (192 px, smaller faces too).
        threads: threads inside one run.

    Attributes:
        input_px: side of the network's input.

    Raises:
        ModelFileError: another model, or a damaged one.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        self._model = TFLiteModel(content, threads)
        shape = self._model.inputs[0].shape
        shapes = [output.shape for output in self._model.outputs]
        count = shapes[0][1] if len(shapes[0]) == 3 else 0
        key = (shape[1] if len(shape) == 4 else 0, count)
        if key not in _STRIDES or sorted(size[-1] for size in shapes) != [1, 16]:
            raise ModelFileError(f"not a BlazeFace model: input {shape}, outputs {shapes}")
        self.input_px = key[0]
        self._anchors = anchor_centres(self.input_px, _STRIDES[key])
        self._numbers, self._logits = (0, 1) if shapes[0][-1] == 16 else (1, 0)
        self._input = np.empty((1, self.input_px, self.input_px, 3), np.float32)

    def candidates(
        self,
        image: NDArray[np.uint8],
        region: Region,
        *,
        minimum_score: float = 0.5,
        angle_rad: float = 0.0,
        mirrored: bool = False,
    ) -> Candidates:
        """Look for faces in one square of the picture.

        Args:
            image: uint8 (H, W, 3) RGB.
            region: the square; what lies outside of the picture is seen as black.
            minimum_score: weaker finds are left out.
            angle_rad: the square is turned about its centre by this angle (clockwise as one
                sees it), so that a head tilted by it is seen upright.
            mirrored: look at the mirrored square; the finds are mirrored back.

        Returns:
            Finds in pixels of the full picture, the same face usually more than once.
        """
        left, top, side = region
        step = side / self.input_px
        centre = np.array([left + side / 2, top + side / 2])
        cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
        axes = np.array([[cosine, -sine], [sine, cosine]])
        if mirrored:
            axes[:, 0] *= -1.0
        # Pixel 0 of the input lies on the square's corner, as MediaPipe samples it; mapping pixel
        # centres onto each other instead shifts the full-range network's finds by half a pixel.
        to_picture = np.empty((2, 3))
        to_picture[:, :2] = axes * step
        to_picture[:, 2] = centre - axes @ np.full(2, side / 2)
        square = cv2.warpAffine(
            image, to_picture, (self.input_px, self.input_px), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        np.multiply(square, _TO_UNIT, out=self._input[0])
        np.subtract(self._input, _ONE, out=self._input)
        outputs = self._model.run_first(self._input)
        logits = outputs[self._logits][0, :, 0]
        (found,) = np.nonzero(logits >= math.log(minimum_score / (1.0 - minimum_score)))
        if not found.size:
            return Candidates(np.zeros((0, 4)), np.zeros((0, 6, 2)), np.zeros(0))
        numbers = outputs[self._numbers][0, found].astype(np.float64) * step
        offsets = (self._anchors[found] - 0.5) * side
        centres = (numbers[:, :2] + offsets) @ axes.T + centre
        halves = numbers[:, 2:4] / 2
        points = (numbers[:, 4:].reshape(-1, 6, 2) + offsets[:, None, :]) @ axes.T + centre
        if mirrored:
            points = points[:, _MIRRORED_POINTS]
        limited = np.clip(logits[found].astype(np.float64), -_LOGIT_LIMIT, _LOGIT_LIMIT)
        return Candidates(
            boxes=np.concatenate([centres - halves, centres + halves], axis=1),
            points=points,
            scores=1.0 / (1.0 + np.exp(-limited)),
        )


def anchor_centres(input_px: int, layers: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """Centres of the anchors as shares of the input's side.

    Args:
        input_px: side of the network's input.
        layers: (cell size in input pixels, anchors a cell) for each feature map.

    Returns:
        float64 (N, 2) xy, 0..1, in the order of the network's outputs.
    """
    parts = []
    for stride, repeats in layers:
        cells = input_px // stride
        along = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
        parts.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(parts)
