"""What each person showed over time, in a bounded number of bins, for plotting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.profile.checked_reading import checked_shares
from emopoi.profile.holding import HoldingTime
from emopoi.profile.settings import ProfileSettings
from emopoi.types import FER7, EmotionReading

_SECONDS, _WEIGHT, _CONFIDENCE, _SHARES = 0, 1, 2, 3  # columns of a bin
_COLUMNS = _SHARES + len(FER7)


@dataclass(frozen=True, slots=True)
class PersonTimeline:
    """One person over time, in N bins of equal width.

    Attributes:
        person: id of the track.
        start_s: where the first bin begins, seconds from the start of the source.
        bin_s: width of a bin, seconds.
        observed_s: float64 (N,) seconds observed within each bin, 0 where the person was away.
        fer7: float64 (N, 7) distribution in the order of `FER7`; NaN where away.
        confidence: float64 (N,) mean confidence, 0..1; NaN where away.
        abstained: bool (N,) True where that confidence is below the settings' `min_confidence`.
        readings: how many readings it is made of; 1 for a photo.
    """

    person: int
    start_s: float
    bin_s: float
    observed_s: NDArray[np.float64]
    fer7: NDArray[np.float64]
    confidence: NDArray[np.float64]
    abstained: NDArray[np.bool_]
    readings: int

    @property
    def edges_s(self) -> NDArray[np.float64]:
        """float64 (N + 1,) seconds at which bins begin and end."""
        return self.start_s + self.bin_s * np.arange(len(self.observed_s) + 1)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Where there is anything to show: bool (N,)."""
        return self.observed_s > 0.0


class Timelines:
    """Keeps a timeline per person while readings come.

    The bins of a person start fine and double in width whenever `timeline_bins` of them are
    used up, so memory (about 50 KB per person at most) does not grow with the length.

    Args:
        settings: weights, thresholds and bins; the defaults where None.
    """

    def __init__(self, settings: ProfileSettings | None = None) -> None:
        self.settings = settings if settings is not None else ProfileSettings()
        self._people: dict[int, _Bins] = {}

    def add(self, reading: EmotionReading) -> None:
        """Count one reading. Each person's readings come in the order of time.

        Raises:
            InputError: the reading is malformed; the message names the field.
        """
        shares = checked_shares(reading)
        bins = self._people.get(reading.person)
        if bins is None:
            bins = self._people[reading.person] = _Bins(self.settings, reading.time_ms)
        bins.add(shares, reading.time_ms, min(max(float(reading.confidence), 0.0), 1.0))

    def build(self) -> dict[int, PersonTimeline]:
        """Timelines by person, in the order of their ids; may be called again later."""
        stills = self.settings.stills
        if stills is None:
            stills = all(bins.readings == 1 for bins in self._people.values())
        return {person: bins.timeline(person, still=stills) for person, bins in sorted(self._people.items())}


class _Bins:
    """One person's bins: bin i covers `(first + i) * width .. (first + i + 1) * width` seconds.

    Edges lie on multiples of the width, so two bins merge into one exactly.
    """

    def __init__(self, settings: ProfileSettings, time_ms: float) -> None:
        self._settings = settings
        self._holding = HoldingTime(settings)
        self._width_s = settings.timeline_bin_s
        self._first = math.floor(time_ms / 1000.0 / self._width_s)
        self._rows: NDArray[np.float64] = np.zeros((16, _COLUMNS))
        self._used = 0
        self._latest: tuple[float, NDArray[np.float64]] | None = None
        self.readings = 0

    def add(self, shares: list[float], time_ms: float, confidence: float) -> None:
        held_s = self._holding.next(time_ms)
        if held_s is not None and self._latest is not None:
            self._spread(*self._latest, held_s)
        weight = max(confidence, self._settings.weight_floor)
        per_second = np.array([1.0, weight, confidence, *(weight * share for share in shares)])
        self._latest = (time_ms / 1000.0, per_second)
        self.readings += 1

    def timeline(self, person: int, *, still: bool) -> PersonTimeline:
        kept = (self._width_s, self._first, self._rows.copy(), self._used)
        if self._latest is not None:
            self._spread(*self._latest, self._holding.last(still=still))
        # A reading that ends on an edge touches the next bin without adding to it.
        filled = np.flatnonzero(self._rows[: self._used, _SECONDS] > 0.0)
        rows = self._rows[: filled[-1] + 1 if len(filled) else 0].copy()
        width_s, first = self._width_s, self._first
        # The latest reading may yet hold longer or shorter: it does not stay in the bins.
        self._width_s, self._first, self._rows, self._used = kept
        away = rows[:, _SECONDS] <= 0.0
        seconds = np.where(away, 1.0, rows[:, _SECONDS])
        weight = np.where(away, 1.0, rows[:, _WEIGHT])
        confidence = np.where(away, np.nan, rows[:, _CONFIDENCE] / seconds)
        return PersonTimeline(
            person=person,
            start_s=first * width_s,
            bin_s=width_s,
            observed_s=rows[:, _SECONDS],
            fer7=np.where(away[:, None], np.nan, rows[:, _SHARES:] / weight[:, None]),
            confidence=confidence,
            abstained=~away & (confidence < self._settings.min_confidence),
            readings=self.readings,
        )

    def _spread(self, start_s: float, per_second: NDArray[np.float64], seconds: float) -> None:
        """Put a reading into the bins that it covers, each by the time within."""
        # A clock that jumped back before the first bin counts there: no time is lost.
        start_s = max(start_s, self._first * self._width_s)
        end_s = start_s + seconds
        while self._index(end_s) >= self._settings.timeline_bins:
            self._coarsen()
        low, high = self._index(start_s), self._index(end_s)
        self._reach(high)
        if low == high:
            self._rows[low] += seconds * per_second
            return
        for index in range(low, high + 1):
            edge_s = (self._first + index) * self._width_s
            within_s = min(end_s, edge_s + self._width_s) - max(start_s, edge_s)
            if within_s > 0.0:
                self._rows[index] += within_s * per_second

    def _index(self, time_s: float) -> int:
        return max(math.floor(time_s / self._width_s) - self._first, 0)

    def _reach(self, index: int) -> None:
        if index >= len(self._rows):
            rows = np.zeros(
                (min(max(2 * len(self._rows), index + 1), self._settings.timeline_bins), _COLUMNS)
            )
            rows[: self._used] = self._rows[: self._used]
            self._rows = rows
        self._used = max(self._used, index + 1)

    def _coarsen(self) -> None:
        """Merge bins two by two."""
        first = self._first // 2
        shift = self._first - 2 * first
        padded = np.zeros((shift + self._used + 1, _COLUMNS))
        padded[shift : shift + self._used] = self._rows[: self._used]
        pairs = len(padded) // 2
        merged = padded[: 2 * pairs].reshape(pairs, 2, _COLUMNS).sum(axis=1)
        self._used = (shift + self._used + 1) // 2
        self._rows = merged[: max(self._used, 1)]
        self._width_s *= 2.0
        self._first = first
