"""Damage to the frames of a video: it comes in bursts, of one kind each, and moves while it lasts."""

from __future__ import annotations

import cv2
import numpy as np

from training.worse_pictures import as_jpeg, out_of_focus

_LEAVE = 0.2
"""Chance that a burst ends at a frame: five frames (200 ms at 25 frames/s) on average."""


def bursts(frames: int, share: float, random: np.random.Generator) -> np.ndarray:
    """Which frames are damaged.

    Args:
        frames: of the clip.
        share: of damaged frames in the long run, 0..1.
        random: source of chance.

    Returns:
        int64 (frames,): 0 where nothing is wrong, else 1, 2, ... for the first, second ... burst.
    """
    enter = min(1.0, _LEAVE * share / max(1e-6, 1 - share))
    burst = np.zeros(frames, np.int64)
    inside, number = random.random() < share, 1
    for frame in range(frames):
        burst[frame] = number if inside else 0
        if not inside:
            inside = random.random() < enter
        elif random.random() < _LEAVE:
            inside, number = False, number + 1
    return burst


class Damage:
    """One burst: kind and strength are drawn once, details move on from frame to frame.

    Args:
        random: source of chance.
        side: of the pictures, pixels.
        kind: of `KINDS`; None draws one.
    """

    def __init__(self, random: np.random.Generator, side: int, kind: str | None = None) -> None:
        self.kind = kind or tuple(KINDS)[random.integers(len(KINDS))]
        self.random, self.side = random, side
        self.mean_strength = random.uniform(0.0, 1.0)
        self.paint = random.uniform(0, 255)
        # A hand or another head: a sixth to three fifths of the face, moving by up to a pixel a frame.
        self.cover = random.uniform((0.0, 0.0, 0.45, 0.35), (0.6, 0.6, 1.0, 0.6)) * side
        self.speed = random.uniform(-1.0, 1.0, 2)
        self.angle = random.uniform(0, np.pi)

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """Damage the next frame of the burst: uint8 (S, S), a new array."""
        self.cover[:2] += self.speed
        strength = float(np.clip(self.mean_strength + self.random.normal(0, 0.1), 0, 1))
        return KINDS[self.kind](self, picture, strength)


def _blur(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    return out_of_focus(picture, 1.2 + 1.8 * strength)


def _motion(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    length = 5 + round(8 * strength)
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    reach = np.array((np.cos(damage.angle), np.sin(damage.angle))) * middle
    start, end = (tuple(round(middle + sign * step) for step in reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def _compression(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    return as_jpeg(picture, round(12 - 9 * strength))


def _low_resolution(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    side = round(18 - 8 * strength)
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (damage.side, damage.side), interpolation=cv2.INTER_LINEAR)


def _cover(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    x, y, width, height = damage.cover.astype(int)
    covered = picture.copy()
    covered[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)] = damage.paint
    return covered


def _dark(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    noise = damage.random.normal(0, 6 + 6 * strength, picture.shape)
    return np.clip(picture * (0.4 - 0.28 * strength) + noise, 0, 255).astype(np.uint8)


def _bright(damage: Damage, picture: np.ndarray, strength: float) -> np.ndarray:
    return np.clip(picture * (1.6 + 1.2 * strength) + 20, 0, 255).astype(np.uint8)


KINDS = {
    "blur": _blur,
    "motion": _motion,
    "compression": _compression,
    "low_resolution": _low_resolution,
    "cover": _cover,
    "dark": _dark,
    "bright": _bright,
}
