"""Squares that cover a picture, so that small faces are seen large enough."""

from __future__ import annotations

import math

from emopoi.vision.blazeface_network import Region


def tiles(width_px: int, height_px: int, side_px: float, *, shared: float = 0.25) -> list[Region]:
    """Cover a picture with squares that reach over their neighbours.

    A face no larger than `shared` times the side lies whole in at least one square.

    Args:
        width_px: width of the picture.
        height_px: height of the picture.
        side_px: side of a square; along an edge shorter than it one centred row is laid.
        shared: least overlap of neighbours as a share of the side, 0 to below 1.

    Returns:
        Squares row by row.
    """
    return [
        (left, top, side_px)
        for top in _starts(height_px, side_px, shared)
        for left in _starts(width_px, side_px, shared)
    ]


def _starts(length: float, side: float, shared: float) -> list[float]:
    if length <= side:
        return [(length - side) / 2]
    gaps = max(1, math.ceil((length - side) / (side * (1.0 - shared)) - 1e-9))
    return [i * (length - side) / gaps for i in range(gaps + 1)]
