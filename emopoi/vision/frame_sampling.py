"""Thins a video by time."""

from __future__ import annotations

_SLACK_MS = 1.0  # timestamps are rounded by the container


class Wanted:
    """Chooses frames by time so that about `sample_fps` a second are kept.

    Args:
        sample_fps: frames a second, None keeps all.
    """

    def __init__(self, sample_fps: float | None) -> None:
        self._step_ms = None if sample_fps is None else 1000.0 / sample_fps
        self._next_ms = 0.0

    def __call__(self, time_ms: float) -> bool:
        """Whether the frame of this time is kept; to be asked once for each, in order."""
        if self._step_ms is None:
            return True
        if time_ms < self._next_ms - _SLACK_MS:
            return False
        # On a fixed grid, so that rounding does not add up; a gap does not cause a burst.
        self._next_ms += self._step_ms
        if self._next_ms <= time_ms:
            self._next_ms = time_ms + self._step_ms
        return True
