"""Where OpenCV's BGR ends: inside EmoPOI every picture is RGB."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def rgb_from_bgr(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn what OpenCV decoded, uint8 (H, W, 3) BGR, into RGB."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def bgr_from_rgb(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn uint8 (H, W, 3) RGB into the BGR that OpenCV's encoders take."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
