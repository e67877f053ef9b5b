"""Joins the stages after decoding: frames in, readings out. Each is a Protocol, so a test passes a fake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from emopoi.coefficient_stage import ReadShape
from emopoi.profile import ProfileBuilder
from emopoi.runtime.emotion_reader import EmotionReader, visibility
from emopoi.runtime.estimate_schedule import EstimateSchedule
from emopoi.types import EmotionReading, Frame, HeadPose, PersonEstimate, TrackedFace
from emopoi.vision.head_pose import head_pose
from emopoi.vision.lid_reader import Lids
from emopoi.vision.media import MediaSource


class FaceFinder(Protocol):
    """Finds and follows the faces of a source."""

    def faces(self, frame: Frame) -> list[TrackedFace]:
        """The people of the next frame."""
        ...

    def pop_ended(self) -> list[int]:
        """Ids of the tracks that ended since the last call."""
        ...


class PersonReader(Protocol):
    """Estimates age and gender."""

    def estimate(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> PersonEstimate:
        """Estimate from one face."""
        ...


class EyeReader(Protocol):
    """Looks at eyelids and mouth."""

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> Lids | None:
        """Look at one face, or not if it is not time."""
        ...

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        ...


class ShapeReader(Protocol):
    """Reads a head's coefficients."""

    def read(self, frame: Frame, face: TrackedFace) -> ReadShape | None:
        """Read one face, None where no points could be placed."""
        ...

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        ...


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What was seen in one frame; `readings` and `faces` are in the same order."""

    frame: Frame
    faces: tuple[TrackedFace, ...]
    readings: tuple[EmotionReading, ...]
    estimates: tuple[tuple[int, PersonEstimate], ...] = ()


class Pipeline:
    """The stages after decoding, joined.

    Args:
        finder: faces with ids.
        emotion: expression of each face.
        person: age and gender, or None.
        schedule: when `person` is asked.
        eyes: eyelids and mouth, or None.
        shapes: coefficients of a head, or None. Where it saw a face, pose, lids and mouth are its own.
    """

    def __init__(
        self,
        finder: FaceFinder,
        emotion: EmotionReader,
        person: PersonReader | None = None,
        schedule: EstimateSchedule | None = None,
        eyes: EyeReader | None = None,
        shapes: ShapeReader | None = None,
    ) -> None:
        self._finder = finder
        self._emotion = emotion
        self._person = person
        self._schedule = schedule or EstimateSchedule()
        self._eyes = eyes
        self._shapes = shapes

    def process(self, frame: Frame) -> FrameResult:
        """Read one frame; frames come in the order of their times."""
        faces = self._finder.faces(frame)
        for ended in self._finder.pop_ended():
            self._emotion.forget(ended)
            self._schedule.forget(ended)
            if self._eyes:
                self._eyes.forget(ended)
            if self._shapes:
                self._shapes.forget(ended)
        readings = []
        estimates = []
        for face in faces:
            shape = self._shapes.read(frame, face) if self._shapes else None
            if shape is not None:
                pose: HeadPose | None = shape.pose
            else:
                pose = head_pose(face.face.keypoints) if face.face.measured else None
            reading = self._emotion.read(frame, face, pose)
            lids = self._eyes.read(frame, face, pose) if self._eyes else None
            if lids is not None:
                reading = replace(reading, eyes_open=lids.eyes_open, mouth_open=lids.mouth_open)
            if shape is not None:
                reading = _with_shape(reading, shape)
            readings.append(reading)
            seen = not face.predicted and self._person is not None
            if seen and self._schedule.due(face.id, frame.time_ms, visibility(face, pose)):
                estimates.append((face.id, self._person.estimate(frame, face, pose)))  # type: ignore[union-attr]
        return FrameResult(frame, tuple(faces), tuple(readings), tuple(estimates))

    def run(
        self, frames: Iterator[Frame] | MediaSource, builder: ProfileBuilder, *, name_photos: bool = False
    ) -> Iterator[FrameResult]:
        """Read all frames into the builder, handing out each frame's result on the way.

        Args:
            frames: in the order of their times.
            builder: of the profile.
            name_photos: write the photo's name to each person, for folders.
        """
        for frame in frames:
            result = self.process(frame)
            for reading in result.readings:
                builder.add(reading)
                if frame.name is not None and name_photos:
                    builder.add_photo(reading.person, frame.name)
            for person, estimate in result.estimates:
                builder.add_estimate(person, estimate)
            yield result


def _with_shape(reading: EmotionReading, shape: ReadShape) -> EmotionReading:
    return replace(
        reading,
        coefficients=shape.coefficients,
        coefficient_fer7=shape.fer7,
        mouth_open=shape.mouth_open,
        eyes_open=reading.eyes_open if shape.eyes_open is None else shape.eyes_open,
    )
