"""The first pass over a source: everybody's points, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emopoi.pipeline import FrameResult
from emopoi.profile import ProfileSettings, Timelines
from emopoi.profile.timeline import PersonTimeline
from emopoi.reconstruct.best_view import BestView, better_view
from emopoi.reconstruct.pixel_solving import ReadPixels
from emopoi.reconstruct.settings import ReconstructionSettings
from emopoi.runtime.face_detail_reader import FaceDetailReader
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.vision.mesher import Mesher, is_placed


@dataclass(slots=True, eq=False)
class SeenPerson:
    """One track and its points: 5.6 KB for each frame.

    Attributes:
        id: of the track; somebody who leaves and comes back gets a new one.
        frames: indices of the frames in which the points were placed.
        times_ms: of these frames.
        points: float32 (468, 3) of each of them, `FaceMesh.points`.
        pixels: what a network read off the pixels in each of them; empty where none was asked.
        codes: of their folds, in each of them; empty where none was asked.
        skipped: frames in which the person was followed but no face was plain enough for points.
        view: the best picture of the person, None before the first points.
    """

    id: int
    frames: list[int] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    points: list[NDArray[np.float32]] = field(default_factory=list)
    pixels: list[ReadPixels] = field(default_factory=list)
    codes: list[NDArray[np.float32]] = field(default_factory=list)
    skipped: int = 0
    view: BestView | None = None


class People:
    """Collects what a pipeline saw.

    Args:
        mesher: places the points.
        settings: when a face counts.
        profile_settings: of the timelines of expressions.
        pixels: reads a head off the pixels of each face too, or None.
        detail: reads the code of its folds, or None.

    Attributes:
        frames_read: so far.
        last_frame: index of the latest frame, -1 before the first.
        end_ms: time of the latest frame.
        size_px: width and height of the first frame.
    """

    def __init__(
        self,
        mesher: Mesher,
        settings: ReconstructionSettings,
        profile_settings: ProfileSettings | None = None,
        pixels: FaceRegressorReader | None = None,
        detail: FaceDetailReader | None = None,
    ) -> None:
        self._mesher = mesher
        self._settings = settings
        self._timelines = Timelines(profile_settings)
        self._pixels = pixels
        self._detail = detail
        self._people: dict[int, SeenPerson] = {}
        self.frames_read = 0
        self.last_frame = -1
        self.end_ms = 0.0
        self.size_px = (0, 0)

    def add(self, result: FrameResult) -> None:
        """Place points on everybody in one frame."""
        frame = result.frame
        if not self.frames_read:
            self.size_px = (frame.image.shape[1], frame.image.shape[0])
        self.frames_read += 1
        self.last_frame, self.end_ms = frame.index, frame.time_ms
        for face, reading in zip(result.faces, result.readings, strict=True):
            self._timelines.add(reading)
            person = self._people.setdefault(face.id, SeenPerson(face.id))
            mesh = self._mesher.mesh(frame.image, face.face)
            if mesh is None or mesh.presence < self._settings.min_presence or not is_placed(mesh.points):
                person.skipped += 1
                continue
            person.view = better_view(person.view, frame, face, mesh, len(person.points))
            person.frames.append(frame.index)
            person.times_ms.append(frame.time_ms)
            person.points.append(np.asarray(mesh.points, np.float32))
            if self._pixels is not None:
                told = self._pixels.read(frame.image, face.face)
                person.pixels.append(ReadPixels(told, person.points[-1]))
            if self._detail is not None:
                person.codes.append(self._detail.read(frame.image, face.face))

    def kept(self, *, photo: bool) -> list[SeenPerson]:
        """People with enough frames, in the order of their ids.

        Args:
            photo: one frame is enough.
        """
        least = 1 if photo else self._settings.min_frames
        return [person for _, person in sorted(self._people.items()) if len(person.points) >= least]

    def left_out(self, *, photo: bool) -> list[SeenPerson]:
        """The others."""
        kept = {person.id for person in self.kept(photo=photo)}
        return [person for number, person in sorted(self._people.items()) if number not in kept]

    def timelines(self) -> dict[int, PersonTimeline]:
        """What everybody showed over time, by id."""
        return self._timelines.build()
