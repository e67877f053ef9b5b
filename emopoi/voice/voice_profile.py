"""Readings of a voice as an emotion profile like the face's."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from emopoi.profile import ProfileBuilder
from emopoi.profile.settings import ProfileSettings
from emopoi.profile.timeline import PersonTimeline, Timelines
from emopoi.types import EmotionProfile, EmotionReading
from emopoi.types.voice import VoiceReading
from emopoi.types.voice_labels import VOICE8, fer7_from_voice8

PERSON = 1
"""Id of the one voice that a source is taken to have."""
STEP_S = 0.5
"""A reading holds for the half second that came new with it."""
SETTINGS = ProfileSettings(max_gap_s=1.2 * STEP_S, lone_reading_s=STEP_S)


def as_reading(reading: VoiceReading) -> EmotionReading:
    """The reading in the face's terms: seven labels, at the start of the half second that it was told for."""
    return EmotionReading(
        person=PERSON,
        time_ms=max(0.0, reading.time_ms - 1000.0 * STEP_S),
        box=(0.0, 0.0, 0.0, 0.0),
        fer7=fer7_from_voice8(reading.voice8).astype(np.float32),
        ferplus8=_NO_VOTES,
        confidence=reading.confidence,
    )


class VoiceProfile:
    """Adds up readings as they come.

    Attributes:
        voice8: shares of time by `VOICE8`, weighted by confidence, sum to 1; zeros where nothing was heard.
    """

    def __init__(self) -> None:
        self._builder, self._timelines = ProfileBuilder(SETTINGS), Timelines(SETTINGS)
        self._sums: NDArray[np.float64] = np.zeros(len(VOICE8))

    def add(self, reading: VoiceReading) -> None:
        """Count one reading; they come in the order of time."""
        told = as_reading(reading)
        self._builder.add(told)
        self._timelines.add(told)
        self._sums += reading.confidence * reading.voice8

    @property
    def voice8(self) -> NDArray[np.float64]:
        """See the class."""
        total = self._sums.sum()
        return self._sums / total if total > 0 else self._sums

    def build(self, source: str) -> EmotionProfile:
        """The profile so far: nobody where nothing was heard."""
        profile = self._builder.build(source)
        shares = {label: round(float(share), 4) for label, share in zip(VOICE8, self.voice8, strict=True)}
        people = tuple(
            dataclasses.replace(person, extra={**person.extra, "voice8": shares}) for person in profile.people
        )
        return dataclasses.replace(profile, people=people, modalities=("voice",))

    def timelines(self) -> dict[int, PersonTimeline]:
        """The course over time, by person."""
        return self._timelines.build()


_NO_VOTES = np.full(8, 1 / 8, np.float32)
