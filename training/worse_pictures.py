"""How a picture is made worse: the one home, for stress tests, robustness tables and damaged frames of clips.

Each change of `CHANGES` takes an amount from 0 (as it was) to 1 (hardly anything left).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)

_DARKEST = 30.0
_NOISE = 3.0
_BLUR_OF_SIDE = 0.06
_COVERED_PART = 0.5
_TURN_DEG = 45.0
_BEST_QUALITY = 100.0


def dark(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Less light, and the noise of a camera that makes up for it: at 1 a thirtieth of the light."""
    light = _DARKEST**-amount
    noisy = picture.astype(np.float32) * light + random.normal(0, _NOISE * amount, picture.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def blurred(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Out of focus: at 1 with a deviation of 6 % of the picture's side."""
    deviation = _BLUR_OF_SIDE * amount * max(picture.shape[:2])
    return out_of_focus(picture, deviation) if deviation > 0.2 else picture.copy()


def covered(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """A plain cover from one of the four sides: at 1 over half of the picture."""
    height, width = picture.shape[:2]
    result = picture.copy()
    part = _COVERED_PART * amount
    side = int(random.integers(4))
    rows = {0: slice(0, round(height * part)), 1: slice(height - round(height * part), height)}
    columns = {2: slice(0, round(width * part)), 3: slice(width - round(width * part), width)}
    result[rows.get(side, slice(None)), columns.get(side, slice(None))] = random.integers(0, 256, 3)
    return result


def rotated(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Turned in the picture, to either side: at 1 by 45 degrees."""
    height, width = picture.shape[:2]
    angle = _TURN_DEG * amount * random.choice((-1, 1))
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def compressed(picture: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Saved as JPEG: at 1 with quality 1."""
    return as_jpeg(picture, round(_BEST_QUALITY ** (1.0 - amount))) if amount else picture.copy()


CHANGES: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "dark": dark,
    "blurred": blurred,
    "covered": covered,
    "rotated": rotated,
    "compressed": compressed,
}
"""uint8 (H, W, 3) RGB, amount, generator -> uint8 of the same shape."""


def told_amount(change: str, amount: float) -> str:
    """An amount in the unit that people know.

    Args:
        change: of `CHANGES`.
        amount: 0..1.
    """
    if not amount:
        return "as it is"
    return {
        "dark": f"1/{_DARKEST**amount:.2g}",
        "blurred": f"{100 * _BLUR_OF_SIDE * amount:.2g} %",
        "covered": f"{100 * _COVERED_PART * amount:.3g} %",
        "rotated": f"{_TURN_DEG * amount:.3g}°",
        "compressed": f"quality {round(_BEST_QUALITY ** (1.0 - amount))}",
    }[change]


UNITS = {
    "dark": "light",
    "blurred": "deviation of the blur, of the side",
    "covered": "of the picture",
    "rotated": "to either side",
    "compressed": "JPEG",
}
"""What `told_amount` counts."""


def out_of_focus(picture: np.ndarray, deviation_px: float) -> np.ndarray:
    """Gaussian blur: uint8 (H, W) or (H, W, 3), a new array of the same shape."""
    return cv2.GaussianBlur(picture, (0, 0), deviation_px)


def as_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """Saved and read again.

    Args:
        picture: uint8 (H, W) or (H, W, 3); of three channels the first and last are exchanged on the way, as
            JPEG keeps brightness better than colour.
        quality: 0..100.

    Returns:
        uint8 of the same shape.
    """
    grey = picture.ndim == 2
    given = picture if grey else picture[..., ::-1]
    coded = cv2.imencode(".jpg", given, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    found = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR)
    return found if grey else np.ascontiguousarray(found[..., ::-1])
