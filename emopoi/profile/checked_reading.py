"""Readings are checked once, where they enter a profile."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import EMOPOI8, FER7, EmotionReading

_SUM_TOLERANCE = 0.05  # an int8 softmax sums to one within 7 half steps of 1/256


def checked_shares(reading: EmotionReading) -> list[float]:
    """The FER-7 distribution of a reading as plain numbers.

    Args:
        reading: what the emotion reader gave.

    Returns:
        Seven numbers in the order of `FER7` that sum to 1. A list, as plain numbers are several
        times faster than numpy on seven values.

    Raises:
        InputError: not seven finite shares >= 0 that sum to 1, or time or confidence out of range.
    """
    shares = np.asarray(reading.fer7)
    if shares.shape != (len(FER7),):
        raise InputError(f"fer7: shape ({len(FER7)},) was expected, got {shares.shape}")
    values: list[float] = shares.tolist()
    total = sum(values)
    if not abs(total - 1.0) <= _SUM_TOLERANCE or min(values) < -1e-6:
        raise InputError(f"fer7: shares >= 0 that sum to 1 were expected, got {values}")
    if not math.isfinite(reading.time_ms):
        raise InputError(f"time_ms: a finite number was expected, got {reading.time_ms!r}")
    if not -1e-6 <= reading.confidence <= 1.0 + 1e-6:
        raise InputError(f"confidence: a number from 0 to 1 was expected, got {reading.confidence!r}")
    return [value / total if value > 0.0 else 0.0 for value in values]


def checked_extras(reading: EmotionReading) -> NDArray[np.float64] | None:
    """The shares of states that a reading brings, its other optional numbers checked too.

    Args:
        reading: what the readers gave.

    Returns:
        float64 (8,) in the order of `EMOPOI8` that sums to 1, or None where the reading brings none.

    Raises:
        InputError: a number out of its range; the message names the field.
    """
    for name in ("boredom", "frustration"):
        chance = getattr(reading, name)
        if chance is not None and not 0.0 <= chance <= 1.0:
            raise InputError(f"{name}: a number from 0 to 1 was expected, got {chance!r}")
    for name in ("eyes_open", "mouth_open"):
        opening = getattr(reading, name)
        if opening is not None and not 0.0 <= opening < math.inf:
            raise InputError(f"{name}: a number >= 0 was expected, got {opening!r}")
    if reading.emopoi8 is None:
        return None
    shares = np.asarray(reading.emopoi8, np.float64)
    if shares.shape != (len(EMOPOI8),):
        raise InputError(f"emopoi8: shape ({len(EMOPOI8)},) was expected, got {shares.shape}")
    total = float(shares.sum())
    if not abs(total - 1.0) <= _SUM_TOLERANCE or float(shares.min()) < -1e-6:
        raise InputError(f"emopoi8: shares >= 0 that sum to 1 were expected, got {shares.tolist()}")
    return np.maximum(shares, 0.0) / total
