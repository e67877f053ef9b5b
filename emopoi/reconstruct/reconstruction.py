"""Joins the stages: a photo or video in, heads of the people in it out, and the files of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import EmopoiError, InputError, MissingPartError
from emopoi.head.detailed_head import detailed_head
from emopoi.head.face_track_solver import FaceTrackSolver, StillSolver
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.track_solver import TrackSolver
from emopoi.head.turn_angles import turn_angles_deg
from emopoi.pipeline import RecognitionSettings, build_pipeline, is_photo, load_models, profile_settings
from emopoi.profile import ProfileBuilder
from emopoi.profile.timeline import PersonTimeline
from emopoi.reconstruct.clip_videos import ClipVideos
from emopoi.reconstruct.drawn_people import DrawnPeople
from emopoi.reconstruct.outputs import ReconstructionOutputs
from emopoi.reconstruct.people import People
from emopoi.reconstruct.person_files import PersonFiles
from emopoi.reconstruct.photo_pictures import photo_pictures
from emopoi.reconstruct.pixel_solving import PixelTrackSolver
from emopoi.reconstruct.settings import ReconstructionSettings
from emopoi.reconstruct.solving import SolvedPerson, solve_people
from emopoi.reconstruct.summary import summary
from emopoi.render.head_renderer import HeadRenderer
from emopoi.runtime.face_coefficients_reader import FaceCoefficientsReader
from emopoi.runtime.face_detail_reader import CODE, MAP, FaceDetailReader
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.vision.blazeface_files import EYES, LANDMARKS, BlazeFaceFiles, read_blazeface_files
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.media import MediaSource, open_media
from emopoi.vision.mesher import Mesher
from emopoi.vision.refined_landmarks import RefinedLandmarks

_PHOTO_PX, _VIDEO_PX = 1024, 480  # of a head drawn by itself
_BAD_FIT = 0.08  # mean distance of the points, outer-eye distances
_PROFILE_DEG = 45.0
Item = TypeVar("Item")


class Watch(Protocol):
    """Passes items through and tells somebody how far it is, as `emopoi.progress.progress` does."""

    def __call__(self, items: Iterable[Item], total: int | None, what: str, /) -> Iterator[Item]:
        """Items, how many where known, and what is being done."""
        ...


def _unwatched(items: Iterable[Item], total: int | None, what: str, /) -> Iterator[Item]:
    return iter(items)


class Reconstruction:
    """One photo or video, read once for the heads and, where videos are written, once more to draw.

    Args:
        source: a photo or video.
        solver: of the head that is fitted to everybody.
        settings: how people are read and solved.
        recognition: detector and emotion reader.
        sample_fps: read about so many frames a second; None reads all.
        seconds: stop there; None reads to the end.
        threads: from 2 on decoding and encoding run in the background.
        watch: told how far it is.

    Attributes:
        people: solved, in the order of their ids; after `read`.
        summary: what reconstruction.json says; after `read`.
        stopped: Ctrl-C ended a pass, what was read or drawn until then is kept.

    Raises:
        EmopoiError: the source, a model or a setting is wrong.
    """

    def __init__(
        self,
        source: str | Path,
        solver: LandmarkSolver,
        settings: ReconstructionSettings | None = None,
        recognition: RecognitionSettings | None = None,
        *,
        sample_fps: float | None = None,
        seconds: float | None = None,
        threads: int = 1,
        watch: Watch = _unwatched,
    ) -> None:
        self._source, self._solver, self._head = Path(source), solver, solver.head
        self._settings = settings or ReconstructionSettings()
        self._recognition = recognition or RecognitionSettings(age_gender=False, states=False)
        self._sample_fps, self._seconds, self._threads = sample_fps, seconds, threads
        self._watch = watch
        self._reader: FaceCoefficientsReader | None = None
        if self._settings.method == "network":
            network = FrozenModel.load(self._recognition.coefficient_model, self._recognition.variant)
            self._reader = FaceCoefficientsReader(self._head, network)
        self._pixels: FaceRegressorReader | None = None
        if self._settings.method == "pixels":
            regressor = FrozenModel.load(self._settings.pixel_model, self._recognition.variant)
            self._pixels = FaceRegressorReader(self._head, regressor)
        self._detail: FaceDetailReader | None = None
        if self._settings.detail:
            code, maps = (FrozenModel.load(name, self._recognition.variant) for name in (CODE, MAP))
            self._detail = FaceDetailReader(self._head, code, maps)
        self._photo: NDArray[np.uint8] | None = None
        self._timelines: dict[int, PersonTimeline] = {}
        self._fps: float | None = None
        self._size_px = (0, 0)
        self._last_frame, self._end_ms = -1, 0.0
        self.people: list[SolvedPerson] = []
        self.summary: dict[str, Any] = {}
        self.stopped = False

    @property
    def notes(self) -> list[str]:
        """What the user should know, one line each; part of the summary."""
        notes: list[str] = self.summary["notes"]
        return notes

    def read(self) -> None:
        """Read the source, and solve everybody's heads.

        Raises:
            EmopoiError: the source can not be read, or a model is missing.
        """
        with self._open() as media:
            if media.kind not in ("photo", "video"):
                raise InputError(f"one photo or one video was expected, got a {media.kind}")
            photo = is_photo(media)
            people, notes = self._read_people(media, photo)
            name, kind = media.name, media.kind
            notes += media.warnings
            damaged = media.frames_damaged
            self._fps = self._sample_fps or media.fps
        self._size_px = people.size_px
        self._last_frame, self._end_ms = people.last_frame, people.end_ms
        self._timelines = people.timelines()
        kept, left_out = people.kept(photo=photo), people.left_out(photo=photo)
        self.people = []
        try:
            for person in self._watch(
                solve_people(kept, self._track_solvers(photo), self._own_head), len(kept), "solving people"
            ):
                self.people.append(person)
        except KeyboardInterrupt:
            self.stopped = True
        counts = {
            "frames_read": people.frames_read,
            "frames_damaged": damaged,
            "faces_skipped": sum(person.skipped for person in (*kept, *left_out)),
            "people_left_out": len(left_out),
        }
        settings = {**asdict(self._settings), "fps": self._sample_fps, "seconds": self._seconds}
        self.summary = summary(name, kind, self._size_px, self._head, self.people, counts, settings)
        self.notes.extend([*notes, *self._told(left_out_count=len(left_out), photo=photo)])

    def _track_solvers(self, photo: bool) -> Callable[[], FaceTrackSolver | PixelTrackSolver]:
        solver = self._solver
        if self._pixels is not None:
            return lambda: PixelTrackSolver(self._head)
        if self._reader is not None:
            return self._reader.track
        return (lambda: StillSolver(solver)) if photo else (lambda: TrackSolver(solver))

    @property
    def _own_head(self) -> Callable[[NDArray[np.float32]], HeadModel] | None:
        detail = self._detail
        if detail is None:
            return None
        unit = self._solver.unit
        return lambda code: detailed_head(self._head, unit, lambda shown: detail.displacement(code, shown))

    def write(self, folder: Path, *, pictures: bool = True) -> list[EmopoiError]:
        """Write everything; `read` comes first.

        Args:
            folder: made if missing.
            pictures: draw pictures and videos too. Where OpenGL is missing the rest is written, and a note
                says what is missing.

        Returns:
            What could not be written; all else was.

        Raises:
            OutputError: the folder can not be made or written.
        """
        outputs = ReconstructionOutputs(folder)
        try:
            if self.people:
                self._write_people(outputs)
                if pictures:
                    self._write_pictures(outputs)
        except KeyboardInterrupt:
            self.stopped = True
            self.notes.append("stopped by you; what was written until then is kept")
        except EmopoiError as error:
            outputs.failures.append(error)
        self.summary["files"] = [name for name in outputs.files if "/" not in name]
        outputs.finish(self.summary)
        return outputs.failures

    def _open(self) -> MediaSource:
        return open_media(self._source, sample_fps=self._sample_fps, threads=self._threads)

    def _read_people(self, media: MediaSource, photo: bool) -> tuple[People, list[str]]:
        files = read_blazeface_files(self._recognition.bundle)
        models = load_models(self._recognition, photo=photo)
        settings = profile_settings(media, self._sample_fps)
        mesher, notes = self._mesher(files)
        people = People(mesher, self._settings, settings, self._pixels, self._detail)
        results = build_pipeline(models).run(media, ProfileBuilder(settings))
        total = None if self._sample_fps or self._seconds else media.frame_count
        try:
            for result in self._watch(results, total, f"reading {media.name}"):
                if self._seconds is not None and result.frame.time_ms >= 1000 * self._seconds:
                    break
                people.add(result)
                if photo:
                    self._photo = result.frame.image
        except KeyboardInterrupt:
            self.stopped = True
        return people, [*models.notes, *notes]

    def _mesher(self, files: BlazeFaceFiles) -> tuple[Mesher, list[str]]:
        if files.landmarks is None:
            raise MissingPartError(f"heads are fitted to 468 points: {LANDMARKS[0]} is not in {files.origin}")
        landmarks = FaceLandmarks(files.landmarks)
        if not self._settings.refine_lids:
            return landmarks, []
        if files.eyes is None:
            return landmarks, [f"heads hardly close their eyes: {EYES[0]} is not in {files.origin}"]
        return RefinedLandmarks(landmarks, EyeLandmarks(files.eyes)), []

    def _told(self, *, left_out_count: int, photo: bool) -> list[str]:
        notes = []
        if self.stopped:
            notes.append("stopped by you; what was read is kept")
        if not self.people:
            notes.append("no face was found that a head could be fitted to")
        if left_out_count:
            few = "no points could be placed" if photo else "too few frames had points"
            faces = "1 face was" if left_out_count == 1 else f"{left_out_count} faces were"
            notes.append(f"{faces} left out: {few}")
        for person in self.people:
            if person.errors.mean() > _BAD_FIT:
                missed = f"{person.errors.mean():.0%} of the eye distance"
                notes.append(f"person {person.id}: the head misses the points by {missed}")
            turned = [abs(turn_angles_deg(one.pose[0])[0]) > _PROFILE_DEG for one in person.coefficients]
            if np.mean(turned) > 0.5:
                notes.append(f"person {person.id}: mostly in profile; what is hidden is guessed")
        if not photo and any(
            first.times_ms[-1] < second.times_ms[0] for first in self.people for second in self.people
        ):
            notes.append("who leaves and comes back is a new person here: some may be the same")
        return notes

    def _write_people(self, outputs: ReconstructionOutputs) -> None:
        shared = PersonFiles(self._head, self._size_px, self._fps)
        pairs = list(zip(self.people, self.summary["people"], strict=True))
        for person, told in self._watch(pairs, len(pairs), "writing people"):
            folder = outputs.subfolder(f"person-{person.id}")
            files = PersonFiles(person.head, self._size_px, self._fps) if person.head else shared
            if folder is not None:
                told["files"] = outputs.write(files.writers(folder, person))

    def _write_pictures(self, outputs: ReconstructionOutputs) -> None:
        size = _VIDEO_PX if self._photo is None else _PHOTO_PX
        try:
            renderer = HeadRenderer(size, size)
        except MissingPartError as error:
            self.notes.append(f"no pictures and videos: {error}")
            return
        with renderer:
            own = {person.id: person.head for person in self.people if person.head is not None}
            drawn = DrawnPeople(self._head, renderer, own)
            if self._photo is not None:
                outputs.write(photo_pictures(outputs.folder, self._photo, self.people, drawn))
            else:
                self._write_videos(outputs, drawn)

    def _write_videos(self, outputs: ReconstructionOutputs, drawn: DrawnPeople) -> None:
        try:
            videos = ClipVideos(
                outputs.folder,
                self._source,
                self._fps,
                self._size_px,
                self._end_ms / 1000.0 + 1.0 / (self._fps or 25.0),
                self.people,
                self._timelines,
                drawn,
                threads=self._threads,
            )
        except EmopoiError as error:
            outputs.failures.append(error)
            return
        with self._open() as media, videos:
            total = self.summary["frames_read"]
            try:
                for frame in self._watch(media, total, "drawing"):
                    if frame.index > self._last_frame or videos.all_failed:
                        break
                    videos.add(frame)
            except KeyboardInterrupt:
                self.stopped = True
                self.notes.append("stopped by you; the videos end there")
            except EmopoiError as error:
                outputs.failures.append(error)
        outputs.write([lambda: videos.written])
        outputs.failures.extend(videos.failures.values())
