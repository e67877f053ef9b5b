"""Between the numbers of a picture and amounts of light: IEC 61966-2-1 (sRGB)."""

from __future__ import annotations

import numpy as np
from keras import ops
from numpy.typing import NDArray

_KNEE, _LINEAR_KNEE = 0.04045, 0.0031308


def to_linear(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Amounts of light of a picture's pixels.

    Args:
        picture: uint8 (...).

    Returns:
        float32 (...), 0..1.
    """
    value = np.arange(256) / 255
    table = np.where(value <= _KNEE, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return table.astype(np.float32)[picture]


def to_display(linear):
    """Pixel values over 255 of amounts of light, with gradients that are finite at 0 too.

    Args:
        linear: float32 (...); values outside of 0..1 are cut off.

    Returns:
        float32 (...), 0..1.
    """
    linear = ops.clip(linear, 0.0, 1.0)
    # Both branches are computed, so the one not taken must be finite as well.
    bright = ops.maximum(linear, _LINEAR_KNEE)
    return ops.where(linear <= _LINEAR_KNEE, 12.92 * linear, 1.055 * ops.power(bright, 1 / 2.4) - 0.055)


def from_display(value):
    """Amounts of light of pixel values over 255, with gradients that are finite at 0 too.

    Args:
        value: float32 (...); values outside of 0..1 are cut off.

    Returns:
        float32 (...), 0..1.
    """
    value = ops.clip(value, 0.0, 1.0)
    bright = ops.maximum(value, _KNEE)
    return ops.where(value <= _KNEE, value / 12.92, ops.power((bright + 0.055) / 1.055, 2.4))
