"""Fits a picture into another size without bending it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def letterboxed(image: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Scale a picture until it just fits, and fill the rest with black.

    Args:
        image: uint8 (H, W, 3) RGB.
        width_px: width wanted.
        height_px: height wanted.

    Returns:
        uint8 (height_px, width_px, 3) RGB, the picture in its middle, its aspect kept.
    """
    height, width = image.shape[:2]
    if (width, height) == (width_px, height_px):
        return image
    scale = min(width_px / width, height_px / height)
    inner_width = min(max(round(width * scale), 1), width_px)
    inner_height = min(max(round(height * scale), 1), height_px)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (width_px - inner_width) // 2, (height_px - inner_height) // 2
    fitted = np.zeros((height_px, width_px, 3), np.uint8)
    fitted[top : top + inner_height, left : left + inner_width] = cv2.resize(
        image, (inner_width, inner_height), interpolation=interpolation
    )
    return fitted
