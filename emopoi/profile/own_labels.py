"""The profile of people read with labels of one's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.profile.builder import ProfileBuilder
from emopoi.profile.holding import HoldingTime
from emopoi.profile.rounding import rounded_shares
from emopoi.profile.settings import ProfileSettings
from emopoi.types import EmotionProfile, EmotionReading, PersonProfile
from emopoi.types.own_labels import OwnLabels

_SUM_TOLERANCE = 0.05


class OwnLabelsProfileBuilder(ProfileBuilder):
    """Adds to each person the share of time by own label, weighed as all shares are.

    - Labels that mean states: the readings bring `emopoi8`, and no detour over FER-7 is taken.
    - Labels that mean expressions: the readings' `fer7` is theirs, and `emopoi8` follows from it.
    - A label without a meaning: no state can be named, so everybody's profile abstains and places go
      by how known and near they are; FER-7 stays that of the shipped network.

    The profile says all this itself: `own_model` beside the people, `own_labels` with each.

    Args:
        labels: of the model.
        name: of the model, as it stands in the profile.
        settings: weights and thresholds; the defaults where None.
    """

    def __init__(self, labels: OwnLabels, name: str, settings: ProfileSettings | None = None) -> None:
        super().__init__(settings)
        self._labels = labels
        self._name = name
        self._shares: dict[int, _Shares] = {}

    def add(self, reading: EmotionReading) -> None:
        """Count one reading. Each person's readings come in the order of time.

        Raises:
            InputError: the reading is malformed or has no own labels; the message names the field.
        """
        shares = self._checked(reading)
        super().add(reading)
        if reading.person not in self._shares:
            self._shares[reading.person] = _Shares(self.settings, len(shares))
        self._shares[reading.person].add(shares, reading.time_ms, float(reading.confidence))

    def build(self, source: str) -> EmotionProfile:
        """As `ProfileBuilder.build`, with the labels of one's own."""
        profile = super().build(source)
        meanings = dict(zip(self._labels.names, self._labels.meanings, strict=True))
        told: dict[str, object] = {"name": self._name, "label_map": meanings}
        if self._labels.without_meaning:
            told["note"] = without_meaning_note(self._labels)
        people = tuple(self._with_labels(person) for person in profile.people)
        return replace(profile, people=people, extra={**profile.extra, "own_model": told})

    def _with_labels(self, person: PersonProfile) -> PersonProfile:
        shares = self._shares[person.id].mean()
        extra = {**person.extra, "own_labels": rounded_shares(self._labels.names, shares)}
        if not self._labels.without_meaning:
            return replace(person, extra=extra)
        return replace(person, abstained=True, extra={**extra, "states_named": False})

    def _checked(self, reading: EmotionReading) -> NDArray[np.float64]:
        count = len(self._labels.names)
        given = np.zeros(0) if reading.own_labels is None else np.asarray(reading.own_labels, np.float64)
        if given.shape != (count,) or not abs(float(given.sum()) - 1.0) <= _SUM_TOLERANCE or given.min() < 0:
            raise InputError(f"own_labels: {count} shares >= 0 that sum to 1 were expected, got {given}")
        return given / given.sum()


def without_meaning_note(labels: OwnLabels) -> str:
    """What is said where labels have no meaning."""
    names = ", ".join(labels.without_meaning)
    return (
        f"{names}: no meaning in FER-7 or the EmoPOI states (retrain with --map to give one), so no state "
        "is named and places go by how known and near they are"
    )


class _Shares:
    """One person's running sums, and the latest reading, which has no duration yet."""

    __slots__ = ("_confidence", "_floor", "_holding", "_latest", "_settings", "_sums", "readings")

    def __init__(self, settings: ProfileSettings, count: int) -> None:
        self._settings = settings
        self._floor = settings.weight_floor
        self._holding = HoldingTime(settings)
        self._sums: NDArray[np.float64] = np.zeros(count)
        self._latest: NDArray[np.float64] = np.zeros(count)
        self._confidence = 0.0
        self.readings = 0

    def add(self, shares: NDArray[np.float64], time_ms: float, confidence: float) -> None:
        held_s = self._holding.next(time_ms)
        if held_s is not None:
            self._sums += held_s * max(self._confidence, self._floor) * self._latest
        self._latest, self._confidence = shares, confidence
        self.readings += 1

    def mean(self) -> NDArray[np.float64]:
        still = self._settings.stills if self._settings.stills is not None else self.readings == 1
        held_s = self._holding.last(still=bool(still))
        total = self._sums + held_s * max(self._confidence, self._floor) * self._latest
        return np.asarray(total / total.sum())
