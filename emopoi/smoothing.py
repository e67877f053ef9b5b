"""Smooths jitter without lagging behind quick motion.

Casiez, Roussel & Vogel 2012, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy
Input in Interactive Systems".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class OneEuro:
    """One filter for a vector of coordinates; works on elapsed time, not on frames.

    Args:
        still_hz: cut-off while nothing moves; lower is smoother.
        per_speed: how much the cut-off rises with speed, hertz per unit a second.
        speed_hz: cut-off of the speed's own smoothing.
    """

    def __init__(self, still_hz: float = 2.0, per_speed: float = 8.0, speed_hz: float = 2.0) -> None:
        self._still_hz = still_hz
        self._per_speed = per_speed
        self._speed_hz = speed_hz
        self._value: NDArray[np.float64] | None = None
        self._speed: NDArray[np.float64] | None = None

    def update(self, value: NDArray[np.float64], elapsed_ms: float, unit: float = 1.0) -> NDArray[np.float64]:
        """Take in one measurement.

        Args:
            value: float (N,) coordinates.
            elapsed_ms: since the last measurement, above 0.
            unit: speeds are counted in this many pixels (the size of the face), so that near
                and far faces are smoothed alike.

        Returns:
            float64 (N,) smoothed coordinates; the first measurement as it is.
        """
        if self._value is None or self._speed is None:
            self._value, self._speed = value.astype(np.float64), np.zeros(value.shape)
            return self._value.copy()
        seconds = max(elapsed_ms, 1e-3) / 1000.0
        speed = (value - self._value) / (seconds * max(unit, 1e-6))
        self._speed = self._speed + _share(self._speed_hz, seconds) * (speed - self._speed)
        cutoff = self._still_hz + self._per_speed * np.abs(self._speed)
        self._value = self._value + _share(cutoff, seconds) * (value - self._value)
        return self._value.copy()


def _share(cutoff_hz: NDArray[np.float64] | float, seconds: float) -> NDArray[np.float64] | float:
    turned = 2.0 * math.pi * cutoff_hz * seconds
    return turned / (1.0 + turned)
