"""Eyelids and yawns over time: PERCLOS, blinks and long closures of one person.

PERCLOS is the share of time in which the lids cover the pupil to 80 % or more (Wierwille, Ellsworth,
Wreggit, Fairbanks & Kirn 1994, "Research on vehicle-based driver status/performance monitoring"; validated
against lapses of attention by Dinges, Mallis, Maislin & Powell 1998, "Evaluation of techniques for ocular
measurement as an index of fatigue and the basis for alertness management", DOT HS 808 762).

Landmarks never come together quite: on frames in which the eyes are plainly shut, the lids were measured at
25 to 70 % of that person's open eye (docs/states.md has the frames). So "80 % covered" is read as below
`CLOSED_SHARE` of the person's own open eye, which is a high quantile of all that was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CLOSED_SHARE = 0.6
"""Lids at less than this share of the open eye count as shut."""
OPEN_QUANTILE = 0.9
"""Of the time measured, what counts as the person's open eye."""
LEAST_OPEN, MOST_OPEN, USUAL_OPEN = 0.24, 0.42, 0.32
"""Open eyes lie between these: who sleeps throughout has no open eye of their own."""
LONGEST_BLINK_MS = 500.0
"""Longer closures are no blinks (Caffier, Erdmann & Ullsperger 2003 find blinks of 200 ms, and above 300
ms when drowsy)."""
YAWN_OPEN = 0.55
"""A mouth counts as wide open when its height is above this share of its width; speech stays below, or
passes it for moments."""
YAWN_S = 2.5
"""Held so long, it is a yawn and no word or shout (yawns take about six seconds: Provine 1986)."""
LONGEST_GAP_S = 0.5
"""A measurement holds until the next one, but no longer than this."""

_BINS = 64
_BIN = 0.01  # of opening


@dataclass(frozen=True, slots=True)
class EyeSummary:
    """What eyes and mouth of one person did.

    Attributes:
        measured_s: seconds in which the lids were measured.
        perclos: share of these in which they were shut, 0..1.
        open_level: the open eye, lid distance over eye width.
        blinks: closures of up to half a second that began and ended while measured. Looking six times
            a second misses some of them.
        blink_ms: their mean length, None where there were none.
        long_closures: longer closures.
        mouth_s: seconds in which the mouth was measured.
        yawns: times that the mouth was held wide open for `YAWN_S` or more.
    """

    measured_s: float
    perclos: float
    open_level: float
    blinks: int
    blink_ms: float | None
    long_closures: int
    mouth_s: float
    yawns: int


class EyesOverTime:
    """Adds up measurements of one person as they come. Constant memory: seconds by opening, and counts."""

    __slots__ = (
        "_blink_ms", "_blinks", "_eyes_ms", "_last_eyes", "_long", "_mouth_ms", "_mouth_s", "_seconds",
        "_shut_since_ms", "_wide_since_ms", "_yawn_told", "_yawns",
    )  # fmt: skip

    def __init__(self) -> None:
        self._seconds = [0.0] * _BINS
        self._eyes_ms = self._mouth_ms = -math.inf
        self._last_eyes = 0.0
        self._mouth_s = 0.0
        self._shut_since_ms: float | None = None
        self._wide_since_ms: float | None = None
        self._yawn_told = False
        self._blinks = self._long = self._yawns = 0
        self._blink_ms = 0.0

    def add_eyes(self, time_ms: float, opening: float) -> None:
        """Count one measurement of the lids.

        Args:
            time_ms: not before the one before it.
            opening: distance of the lids over the width of the eye, >= 0.
        """
        gap_s = (time_ms - self._eyes_ms) / 1000.0
        seen = 0.0 <= gap_s <= LONGEST_GAP_S
        if seen:
            self._seconds[_bin(self._last_eyes)] += gap_s
        else:
            self._shut_since_ms = None  # whether it was shut all the time is not known
        shut = opening < CLOSED_SHARE * self.open_level()
        if shut and self._shut_since_ms is None and seen:
            self._shut_since_ms = time_ms
        elif not shut and self._shut_since_ms is not None:
            lasted_ms = time_ms - self._shut_since_ms
            self._shut_since_ms = None
            if lasted_ms <= LONGEST_BLINK_MS:
                self._blinks += 1
                self._blink_ms += lasted_ms
            else:
                self._long += 1
        self._eyes_ms, self._last_eyes = time_ms, opening

    def add_mouth(self, time_ms: float, opening: float) -> None:
        """Count one measurement of the mouth.

        Args:
            time_ms: not before the one before it.
            opening: height of the mouth over its width, >= 0.
        """
        gap_s = (time_ms - self._mouth_ms) / 1000.0
        if 0.0 <= gap_s <= 2 * LONGEST_GAP_S:
            self._mouth_s += gap_s
        else:
            self._wide_since_ms = None
        if opening < YAWN_OPEN:
            self._wide_since_ms, self._yawn_told = None, False
        elif self._wide_since_ms is None:
            self._wide_since_ms = time_ms
        elif not self._yawn_told and time_ms - self._wide_since_ms >= 1000.0 * YAWN_S:
            self._yawns += 1
            self._yawn_told = True
        self._mouth_ms = time_ms

    def open_level(self) -> float:
        """The person's open eye so far."""
        total = math.fsum(self._seconds)
        if total <= 0.0:
            return USUAL_OPEN
        above = (1.0 - OPEN_QUANTILE) * total
        for place in range(_BINS - 1, -1, -1):
            above -= self._seconds[place]
            if above <= 0.0:
                return min(max((place + 0.5) * _BIN, LEAST_OPEN), MOST_OPEN)
        return USUAL_OPEN

    def summary(self) -> EyeSummary:
        """What was seen so far; may be called again later."""
        measured_s = math.fsum(self._seconds)
        level = self.open_level()
        shut_s = math.fsum(
            seconds
            for place, seconds in enumerate(self._seconds)
            if (place + 0.5) * _BIN < CLOSED_SHARE * level
        )
        return EyeSummary(
            measured_s=measured_s,
            perclos=shut_s / measured_s if measured_s > 0.0 else 0.0,
            open_level=level,
            blinks=self._blinks,
            blink_ms=self._blink_ms / self._blinks if self._blinks else None,
            long_closures=self._long,
            mouth_s=self._mouth_s,
            yawns=self._yawns,
        )


def _bin(opening: float) -> int:
    return min(max(int(opening / _BIN), 0), _BINS - 1)
