"""Takes the level out of log-mel frames, so that no network can hear how loud a voice was recorded.

The level is the mean power of the loud frames: those at most 20 dB under the loudest but a few. Every band
is told relative to it, and what lies far under it is cut to one floor. A gain therefore changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LN_A_DB = float(np.log(10.0) / 10.0)
"""A decibel of power, in natural logarithms."""
LOUD_DB = 20.0
"""How far under the loudest a frame still counts as loud."""
_LOUDEST_SHARE = 0.95
RANGE_DB = 50.0
"""How far under the level is still told."""
SCALE = 0.25
"""Levelled frames are natural logarithms times this: near -3..1."""
FLOOR = -RANGE_DB * LN_A_DB * SCALE
"""What is told of silence, and what padding has."""
SILENCE_DB = -58.0
"""Mean power of a frame's bands under which nothing counts as voice: white noise 65 dB under full scale."""


def frame_power(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural logarithm of each frame's mean power over the bands: float32 (T,)."""
    highest = frames.max(axis=1, keepdims=True)
    return (highest[:, 0] + np.log(np.exp(frames - highest).mean(axis=1))).astype(np.float32)


def voice_level(power: NDArray[np.float32]) -> float:
    """The level of a stretch of sound.

    Args:
        power: float32 (T,) from `frame_power`, T > 0.

    Returns:
        Natural logarithm of the mean power of its loud frames.
    """
    loudest = float(np.quantile(power, _LOUDEST_SHARE))
    loud = power[power > loudest - LOUD_DB * LN_A_DB]
    highest = float(loud.max())
    return highest + float(np.log(np.exp(loud - highest).mean()))


def remove_level(frames: NDArray[np.float32], level: float | NDArray[np.float32]) -> NDArray[np.float32]:
    """Tell frames relative to a level.

    Args:
        frames: float32 (T, bands) from `log_mel`.
        level: one for all frames, or float (T,), one for each.

    Returns:
        float32 (T, bands), `FLOOR` or more.
    """
    relative = (frames - np.asarray(level, np.float32).reshape(-1, 1)) * np.float32(SCALE)
    return np.maximum(relative, np.float32(FLOOR))


def is_silent(power: NDArray[np.float32]) -> bool:
    """Whether a stretch has no frame that could be voice; one without frames has none."""
    return not len(power) or float(power.max()) <= SILENCE_DB * LN_A_DB


def levelled(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """`remove_level` by the sound's own level; T may be 0."""
    return remove_level(frames, voice_level(frame_power(frames))) if len(frames) else frames


class LevelTracker:
    """The level of a voice as it comes: looks back only, and keeps to what is loud.

    Rises within a tenth of a second, falls within two, and stays where it is in pauses, so that noise is not
    lifted to the level of speech. Start a new one for each sound.
    """

    _RISE, _FALL = 0.1, 0.005  # share of the difference that a frame of 10 ms makes up for

    def __init__(self) -> None:
        self.level: float | None = None

    def follow(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next frames.

        Args:
            power: float32 (T,) from `frame_power`.

        Returns:
            float32 (T,): the level at each of them; before anything was loud enough, one that makes it
            silence.
        """
        levels = np.empty(len(power), np.float32)
        least, loud = SILENCE_DB * LN_A_DB, LOUD_DB * LN_A_DB
        level = self.level
        for index, value in enumerate(power.tolist()):
            if level is None:
                if value > least:
                    level = value
            elif value > level:
                level += self._RISE * (value - level)
            elif value > level - loud:
                level += self._FALL * (value - level)
            levels[index] = -least if level is None else level
        self.level = level
        return levels


def levelled_as_heard(frames: NDArray[np.float32], tracker: LevelTracker) -> NDArray[np.float32]:
    """`remove_level` by the level so far: what the part that follows a voice as it comes reads.

    Args:
        frames: float32 (T, bands) from `log_mel`, the next of a sound.
        tracker: of that sound.

    Returns:
        float32 (T, bands).
    """
    return remove_level(frames, tracker.follow(frame_power(frames))) if len(frames) else frames
