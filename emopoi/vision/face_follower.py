"""Finds and follows the faces of a video or photo: the one call that the pipeline makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import Face, Frame, TrackedFace
from emopoi.vision.boxes import containment, overlap
from emopoi.vision.face_detector import FaceDetector, VideoDetector
from emopoi.vision.tracker import ExpectedFace, FaceTracker, TrackerSettings

_SAME_OVERLAP = 0.35
_SAME_INSIDE = 0.65
_SLACK_MS = 3.0  # frames do not come exactly on time
_LOST_MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class FollowerSettings:
    """When the detector runs, milliseconds.

    Attributes:
        look_ms: a resting face is looked for so often.
        quick_look_ms: a face that moves is looked for so often.
        quick_speed: face sizes a second from which a face counts as moving; from three times
            that it is looked for in every frame.
        looks_per_frame: so many faces may be looked for in one frame, more only in a crowd.
        crowd_look_ms: in a crowd so many are looked for that everybody's turn comes so often.
        scan_ms: so often a part of the picture is searched for newcomers.
        empty_scan_ms: the same while nobody is there.
        distant_ms: frames farther apart than this are searched whole, each.
        refuse_ms: what failed the second look is not looked at again for so long.
    """

    look_ms: float = 95.0
    quick_look_ms: float = 60.0
    quick_speed: float = 0.35
    looks_per_frame: int = 3
    crowd_look_ms: float = 150.0
    scan_ms: float = 300.0
    empty_scan_ms: float = 120.0
    distant_ms: float = 210.0
    refuse_ms: float = 300.0

    def __post_init__(self) -> None:
        times = (self.look_ms, self.quick_look_ms, self.scan_ms, self.empty_scan_ms, self.distant_ms)
        if min(times) < 0 or self.looks_per_frame < 1 or not self.crowd_look_ms > 0:
            raise InputError(
                "times of at least 0, looks_per_frame of at least 1 and crowd_look_ms above 0 "
                f"were expected, got {self}"
            )


class FaceFollower:
    """Joins detector, schedule and tracker.

    In a video a known face is looked for in a square around its expected place every few
    frames, whatever its size; the whole picture and its parts are searched for newcomers now
    and then; what is found anew is looked at twice before a person is made of it.

    Args:
        detector: a `VideoDetector` for videos; any `FaceDetector` where `photo` is True.
        photo: each frame is a picture of its own.
        settings: when the detector runs.
        tracker: times of the tracker.
    """

    def __init__(
        self,
        detector: FaceDetector,
        *,
        photo: bool = False,
        settings: FollowerSettings | None = None,
        tracker: TrackerSettings | None = None,
    ) -> None:
        if not photo and not hasattr(detector, "detect_near"):
            raise InputError(f"{type(detector).__name__} finds faces in photos, not in videos")
        self._detector = detector
        self._photo = photo
        self._settings = settings or FollowerSettings()
        self._tracker = FaceTracker(photo=photo, settings=tracker)
        self._last_ms: float | None = None
        self._scanned_ms = -np.inf
        self._step = 0
        self._refused: list[tuple[Face, float]] = []

    def faces(self, frame: Frame) -> list[TrackedFace]:
        """Find the people in the next frame.

        Args:
            frame: frames are given in the order of their times.

        Returns:
            In the order of their ids; in a video `predicted` is set where the place was
            carried over because the detector did not run or missed.
        """
        if self._photo:
            return self._tracker.update(self._detector.detect(frame.image), frame)
        cut = self._tracker.begin(frame)
        elapsed_ms = np.inf if self._last_ms is None or cut else frame.time_ms - self._last_ms
        self._last_ms = frame.time_ms
        if cut:
            self._refused.clear()
        expected = self._tracker.expected(frame.time_ms)
        distant = elapsed_ms > self._settings.distant_ms
        due = expected if distant else self._due(expected, elapsed_ms)
        detector: VideoDetector = self._detector  # type: ignore[assignment]
        near: list[Face] = []
        for one in due:
            lost = distant or one.unseen_ms > 2 * self._settings.look_ms
            near += detector.detect_near(frame.image, one.face, _LOST_MARGIN if lost else 1.0)
        known = [face for face in near if _fits(face, expected)]
        strangers = [face for face in near if not _fits(face, expected)]
        if distant:
            self._scanned_ms = frame.time_ms
            strangers += detector.detect(frame.image)
            strangers += self._scan(detector, frame.image, odd=True)
        else:
            strangers += self._search(detector, frame, [one for one in expected if one.confirmed])
        found = _distinct(known)
        for face in strangers:
            if _is_among(face, found) or (not distant and _fits(face, expected)):
                # A known face found in passing: as good as having looked for it.
                if not _is_among(face, found):
                    found.append(face)
                continue
            if self._confirmed(detector, face, frame):
                found.append(face)
        return self._tracker.update(found, frame, searched={one.key for one in due})

    def pop_ended(self) -> list[int]:
        """Ids of the people who left since the last call; what is kept of them can go."""
        return self._tracker.pop_ended()

    def _due(self, expected: list[ExpectedFace], elapsed_ms: float) -> list[ExpectedFace]:
        settings = self._settings
        due = []
        for one in expected:
            wait = settings.look_ms
            if not one.confirmed or one.speed > 3 * settings.quick_speed:
                wait = 0.0
            elif one.speed > settings.quick_speed:
                wait = settings.quick_look_ms
            if one.unseen_ms >= wait - _SLACK_MS:
                due.append(one)
        # By elapsed time, not by the frame: at few frames a second each one has to do more.
        turns = math.ceil(len(expected) * elapsed_ms / settings.crowd_look_ms)
        return due[: max(settings.looks_per_frame, turns)]

    def _search(self, detector: VideoDetector, frame: Frame, people: list[ExpectedFace]) -> list[Face]:
        """Look for newcomers where it is time to."""
        found = [] if people else detector.glance(frame.image)
        wait = self._settings.scan_ms if people else self._settings.empty_scan_ms
        if frame.time_ms - self._scanned_ms >= wait - _SLACK_MS:
            self._scanned_ms = frame.time_ms
            found = found + self._scan(detector, frame.image)
        return found

    def _scan(self, detector: VideoDetector, image: NDArray[np.uint8], *, odd: bool = False) -> list[Face]:
        if odd and self._step % 2 == 0:
            self._step += 1
        found = detector.scan(image, self._step)
        self._step += 1
        return found

    def _confirmed(self, detector: VideoDetector, face: Face, frame: Frame) -> bool:
        self._refused = [(other, until) for other, until in self._refused if until > frame.time_ms]
        if _is_among(face, [other for other, _ in self._refused]):
            return False
        if detector.is_face(frame.image, face):
            return True
        self._refused.append((face, frame.time_ms + self._settings.refuse_ms))
        return False


def _fits(face: Face, expected: list[ExpectedFace]) -> bool:
    """Whether a face can be one that is expected."""
    x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
    for one in expected:
        x0, y0, x1, y1 = one.face.box
        size = max(x1 - x0, y1 - y0, face.width_px)
        if np.hypot(x - (x0 + x1) / 2, y - (y0 + y1) / 2) < 0.6 * size:
            return True
    return False


def _is_among(face: Face, others: list[Face]) -> bool:
    if not others:
        return False
    box, boxes = np.array([face.box]), np.array([other.box for other in others])
    return bool(overlap(box, boxes).max() > _SAME_OVERLAP or containment(box, boxes).max() > _SAME_INSIDE)


def _distinct(faces: list[Face]) -> list[Face]:
    """Each face once, the best find of it."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: (-face.score, face.box)):
        if not _is_among(face, kept):
            kept.append(face)
    return kept
