"""Faces as bad cameras and hands before them make them: dark, blurred, half covered; by amounts of 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def dark(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Less light, and the noise of a camera that makes up for it: at 1 a thirtieth of the light."""
    light = 30.0**-amount
    noisy = picture.astype(np.float32) * light + random.normal(0, 3.0 * amount, picture.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def blurred(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Out of focus: at 1 with a deviation of 6 % of the picture's side."""
    deviation = 0.06 * amount * max(picture.shape[:2])
    return (
        cv2.GaussianBlur(picture, (0, 0), deviation).astype(np.uint8) if deviation > 0.2 else picture.copy()
    )


def covered(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """A plain cover from one of the four sides: at 1 over half of the picture."""
    height, width = picture.shape[:2]
    result = picture.copy()
    part = 0.5 * amount
    side = int(random.integers(4))
    rows = {0: slice(0, round(height * part)), 1: slice(height - round(height * part), height)}
    columns = {2: slice(0, round(width * part)), 3: slice(width - round(width * part), width)}
    result[rows.get(side, slice(None)), columns.get(side, slice(None))] = random.integers(0, 256, 3)
    return result


KINDS: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "dark": dark,
    "blurred": blurred,
    "covered": covered,
}
"""uint8 (H, W, 3) RGB, amount, generator -> uint8 of the same shape."""
