"""How long a reading holds: the clock behind every share of time."""

from __future__ import annotations

from emopoi.profile.settings import ProfileSettings


class HoldingTime:
    """Turns one person's reading times into the seconds that each reading counts.

    A reading holds until the next one. After a silence longer than `max_gap_s` the person is
    taken to have left at the pace of the readings before: the reading before the silence holds
    as long as the one before it, and so does the last of all. Figures therefore depend neither
    on the sampling rate nor on absences. Constant memory.
    """

    __slots__ = ("_last_ms", "_pace_s", "_readings", "_settings")

    def __init__(self, settings: ProfileSettings) -> None:
        self._settings = settings
        self._last_ms = 0.0
        self._pace_s: float | None = None
        self._readings = 0

    def next(self, time_ms: float) -> float | None:
        """Tell that a reading came.

        Args:
            time_ms: its time, milliseconds, finite.

        Returns:
            Seconds that the reading before it held, or None where it is the first.
        """
        previous_ms, self._last_ms = self._last_ms, time_ms
        self._readings += 1
        if self._readings == 1:
            return None
        if self._settings.stills:
            return self._settings.still_s
        gap_s = (time_ms - previous_ms) / 1000.0
        if 0.0 <= gap_s <= self._settings.max_gap_s:
            if gap_s > 0.0:
                self._pace_s = gap_s
            return gap_s
        # Away, or a clock that jumped back.
        return self._pace_s if self._pace_s is not None else self._settings.max_gap_s

    def last(self, *, still: bool) -> float:
        """Seconds that the latest reading counts if none follows.

        Args:
            still: True where it is a photo.
        """
        if still:
            return self._settings.still_s
        if self._pace_s is not None:
            return self._pace_s
        return self._settings.lone_reading_s if self._readings == 1 else self._settings.max_gap_s
