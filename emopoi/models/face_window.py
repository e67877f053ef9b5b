"""Parts of a picture cut inside a network, with gradients: windows at known or told places."""

from __future__ import annotations

import numpy as np
from keras import ops

from emopoi.errors import InputError
from emopoi.preprocess import CropLayout


def layout_window(pictures, was: CropLayout, layout: CropLayout, size: int):
    """Cut square faces of one layout to another one.

    Args:
        pictures: float32 (N, S, S, C), faces as `was` has them.
        was: their layout.
        layout: the layout wanted.
        size: side of what comes out, pixels; at most S.

    Returns:
        float32 (N, size, size, C); beyond the picture its edge is repeated.

    Raises:
        InputError: size is above S.
    """
    side = pictures.shape[1]
    # Of what eyes and mouth ask for the larger, and their middle as anchor, as `preprocess.crop_face` does.
    share = max(
        was.eye_distance / layout.eye_distance, (was.mouth_y - was.eyes_y) / (layout.mouth_y - layout.eyes_y)
    )
    middle_y = (was.eyes_y + was.mouth_y) / 2 - share * ((layout.eyes_y + layout.mouth_y) / 2 - 0.5)
    one = ops.ones_like(pictures[:, 0, 0, 0])
    return cut_windows(
        pictures, one * (side / 2 - 0.5), one * (side * middle_y - 0.5), one * side * share, size
    )


def cut_windows(pictures, x, y, side_px, size: int, height: int | None = None):
    """Cut upright windows.

    Args:
        pictures: float32 (N, S, S, C).
        x: float32 (N,), middles of the windows, pixels.
        y: float32 (N,), the same, down.
        side_px: float32 (N,), their width in the picture, pixels.
        size: width of what comes out, pixels; at most S.
        height: of what comes out; a square where None.

    Returns:
        float32 (N, height, size, C); beyond the picture its edge is repeated.

    Raises:
        InputError: size is above S.
    """
    height = size if height is None else height
    if max(size, height) > pictures.shape[1]:
        raise InputError(f"size: at most {pictures.shape[1]} was expected, got {max(size, height)}")
    step = side_px / size
    zero = ops.zeros_like(step)
    rows = [step, zero, x - step * (size - 1) / 2, zero, step, y - step * (height - 1) / 2, zero, zero]
    moved = ops.image.affine_transform(pictures, ops.stack(rows, axis=-1), fill_mode="nearest")
    return moved[:, :height, :size]


_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def grey(pictures):
    """Luma as OpenCV has it: float32 (N, H, W, 3) -> (N, H, W, 1)."""
    return ops.sum(pictures * _LUMA, axis=-1, keepdims=True)
