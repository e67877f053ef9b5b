"""Contexts of a question: part of the week, time since the last visit, how much is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HOUR_BINS = 14
"""Seven parts of a working day, the same seven of the weekend."""

GAPS = ("up to 2 h", "up to 10 h", "longer", "no visit yet")
"""Time since the last visit."""

HISTORIES = ("none", "1 to 3 visits", "4 to 14", "15 and more")
"""How much is known of the person."""

_OF_HOUR = np.array([0] * 5 + [1] * 5 + [2] * 2 + [3] * 3 + [4] * 3 + [5] * 3 + [6] * 3)


def hour_bin(weekday: Any, hour: Any) -> NDArray[np.int64]:
    """Part of the week, 0..13.

    Night, breakfast, late morning, lunch, afternoon, evening, late; then the same at the weekend.

    Args:
        weekday: 0 Monday .. 6 Sunday, a number or an array.
        hour: local, 0..23, of the same shape.
    """
    return _OF_HOUR[hour] + 7 * (np.asarray(weekday) >= 5)


def gap_context(time_s: NDArray[np.int64], now_s: int) -> int:
    """Index into `GAPS`.

    Args:
        time_s: int64 (V,), the person's visits in the order of time, seconds since 1970, UTC.
        now_s: the moment asked about.
    """
    if len(time_s) == 0:
        return 3
    gap_s = now_s - int(time_s[-1])
    return 0 if gap_s < 2 * 3600 else 1 if gap_s < 10 * 3600 else 2


def history_context(visits: int) -> int:
    """Index into `HISTORIES` for so many visits."""
    return int(np.searchsorted([1, 4, 15], visits, side="right"))
