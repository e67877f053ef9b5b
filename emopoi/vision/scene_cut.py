"""Notices a cut: the picture is suddenly another one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SAMPLES = 30  # along the shorter side: enough for a cut, next to nothing to compute
_LEAST_CHANGE = 28.0  # mean difference of 8-bit values; a person moving stays below 20
_MOST_SHARED = 0.62  # shared part of the colour histograms; a pan keeps its colours


class SceneCut:
    """Compares each picture with the one before it."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        """Whether a new scene starts with this picture; to be called once for each.

        Args:
            image: uint8 (H, W, 3) RGB.
        """
        step = max(1, min(image.shape[:2]) // _SAMPLES)
        sample = np.ascontiguousarray(image[step // 2 :: step, step // 2 :: step])
        before, self._before = self._before, sample
        if before is None:
            return False
        if before.shape != sample.shape:
            return True
        if cv2.norm(sample, before, cv2.NORM_L1) < _LEAST_CHANGE * sample.size:
            return False
        return float(np.minimum(_histogram(sample), _histogram(before)).sum()) < _MOST_SHARED


def _histogram(sample: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Shares of 64 colours."""
    levels = (sample >> 6) @ np.array([16, 4, 1], dtype=np.uint8)
    return np.bincount(levels.ravel(), minlength=64) / levels.size
