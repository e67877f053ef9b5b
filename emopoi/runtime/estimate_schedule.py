"""When a person's age is looked at: often at first, then now and then, and never without end."""

from __future__ import annotations

from dataclasses import dataclass

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True)
class EstimateSettings:
    """Times and limits.

    Attributes:
        first: this many estimates come as fast as `first_every_ms` allows.
        first_every_ms: distance of the first ones, milliseconds.
        every_ms: distance of the later ones, milliseconds.
        most: estimates of one person; more of the same face teach nothing.
        least_visible: faces seen worse than this (0..1) are waited out.
        patience_ms: after so long any view is taken, so that everybody gets an estimate.
    """

    first: int = 4
    first_every_ms: float = 150.0
    every_ms: float = 1000.0
    most: int = 40
    least_visible: float = 0.6
    patience_ms: float = 1500.0

    def __post_init__(self) -> None:
        if min(self.first, self.most) < 1 or min(self.first_every_ms, self.every_ms, self.patience_ms) < 0:
            raise InputError(f"estimates: counts of at least 1 and times of at least 0 expected, got {self}")


class EstimateSchedule:
    """Says for each person and moment whether an estimate is due.

    Age does not change within a clip: estimating it in every frame would double the work for nothing.
    """

    def __init__(self, settings: EstimateSettings | None = None) -> None:
        self._settings = settings or EstimateSettings()
        self._people: dict[int, tuple[int, float]] = {}

    def due(self, person: int, time_ms: float, visible: float) -> bool:
        """Ask, and count it if the answer is yes.

        Args:
            person: id of the track.
            time_ms: of the frame.
            visible: how well the face is seen, 0..1.
        """
        settings = self._settings
        count, last_ms = self._people.setdefault(person, (0, time_ms))
        waited_ms = time_ms - last_ms
        wanted_ms = settings.first_every_ms if count < settings.first else settings.every_ms
        if count >= settings.most or (count and waited_ms < wanted_ms):
            return False
        if visible < settings.least_visible and waited_ms < settings.patience_ms:
            return False
        self._people[person] = (count + 1, time_ms)
        return True

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        self._people.pop(person, None)
