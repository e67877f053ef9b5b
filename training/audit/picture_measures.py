"""What can be measured of a picture of a face: how bright, how sharp."""

from __future__ import annotations

import cv2
import numpy as np

_SIDE_PX = 48


def brightness(picture: np.ndarray) -> float:
    """Mean grey level, 0 (black) to 255: of the picture as it is, so of a light skin more than of a dark one.

    Args:
        picture: uint8 (H, W, 3) RGB, a tight crop of a face.
    """
    return float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean())


def sharpness(picture: np.ndarray) -> float:
    """How much of what varies in a picture varies from pixel to pixel, seen at 48 pixels.

    Variance of the Laplacian (Pech-Pacheco et al. 2000) over the variance of the picture, so that contrast
    plays no part. All pictures are taken at one size, which small ones can not be enlarged to: there they
    are blurred, as they are to a network.

    Args:
        picture: uint8 (H, W, 3) RGB, a tight crop of a face.

    Returns:
        0 (even or wholly blurred) and up.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    seen = cv2.resize(grey, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    spread = float(seen.var())
    return float(cv2.Laplacian(seen, cv2.CV_32F).var()) / spread if spread > 1.0 else 0.0
