"""One picture with its place in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture, upright, in RGB.

    Attributes:
        image: uint8 (H, W, 3) RGB.
        time_ms: presentation time from the start of the source, milliseconds.
        index: 0-based number of the frame in its source, damaged frames counted.
        name: file name of the photo without its folder; None for video and camera.
    """

    image: NDArray[np.uint8]
    time_ms: float
    index: int
    name: str | None = None
