"""Gives faces an identity over time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.smoothing import OneEuro
from emopoi.types import Face, Frame, TrackedFace
from emopoi.vision.boxes import containment, overlap
from emopoi.vision.scene_cut import SceneCut

_FARTHEST = 0.6  # centre moved, in face sizes, at once
_FARTHER_PER_S = 2.5  # and for each second since the face was seen
_FARTHEST_EVER = 1.6
_SIZE_RATIO = 2.0
_SAME_FACE_OVERLAP = 0.35
_SAME_FACE_INSIDE = 0.65
_LONGEST_PREDICTION_MS = 150.0
_SPEED_MEMORY_MS = 120.0


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Times of the tracker, milliseconds.

    Attributes:
        keep_ms: a face looked for and not found for so long has left.
        show_ms: so long it is still returned, marked as predicted; longer where it was not looked
            for meanwhile, up to `forget_ms`.
        forget_ms: a face not even looked for ends after so long.
        confirm: detections that make a person in a video.
    """

    keep_ms: float = 500.0
    show_ms: float = 250.0
    forget_ms: float = 3000.0
    confirm: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.show_ms <= self.keep_ms <= self.forget_ms or self.confirm < 1:
            raise InputError(
                f"0 <= show_ms <= keep_ms <= forget_ms and confirm >= 1 were expected, got {self}"
            )


@dataclass(frozen=True, slots=True)
class ExpectedFace:
    """Where the tracker expects a face, for a detector that looks there first.

    Attributes:
        key: names the track, also before it has an id.
        face: expected place.
        confirmed: False until the face was seen often enough to be a person.
        unseen_ms: time since it was last found.
        speed: face sizes a second.
    """

    key: int
    face: Face
    confirmed: bool
    unseen_ms: float
    speed: float


class FaceTracker:
    """Follows faces by place and size, by elapsed time and not by the number of frames.

    Args:
        photo: True where each frame is a picture of its own: every face is a new person at
            once and nothing is carried over.
        settings: times.
    """

    def __init__(self, *, photo: bool = False, settings: TrackerSettings | None = None) -> None:
        self._photo = photo
        self._settings = settings or TrackerSettings()
        self._tracks: list[_Track] = []
        self._ended: list[int] = []
        self._next_key = 1
        self._next_id = 1
        self._scene = SceneCut()
        self._seen_index: int | None = None
        self._was_cut = False

    def begin(self, frame: Frame) -> bool:
        """Look at a new frame before any detector does; `update` does it where nobody has.

        Returns:
            True where a new scene starts: all tracks have ended.
        """
        if self._seen_index == frame.index:
            return self._was_cut
        self._seen_index = frame.index
        self._was_cut = self._photo or self._scene.is_cut(frame.image)
        if self._was_cut:
            self.end_all()
        return self._was_cut

    def expected(self, time_ms: float) -> list[ExpectedFace]:
        """Where each face should be at a time, longest unseen first."""
        expected = [
            ExpectedFace(
                key=track.key,
                face=track.predicted(time_ms),
                confirmed=track.id is not None,
                unseen_ms=time_ms - track.seen_ms,
                speed=track.speed,
            )
            for track in self._tracks
        ]
        return sorted(expected, key=lambda one: (-one.unseen_ms, one.key))

    def update(
        self, faces: list[Face], frame: Frame, *, searched: Collection[int] | None = None
    ) -> list[TrackedFace]:
        """Take in what was detected in a frame.

        Args:
            faces: detected faces, in any order.
            frame: the frame; its time must not lie before the last one's.
            searched: keys of the tracks that were looked for; the others count as not looked
                for and are carried over. None: everything was looked for.

        Returns:
            The people in the frame, in the order of their ids.
        """
        self.begin(frame)
        time_ms = frame.time_ms
        faces = sorted(faces, key=lambda face: (face.box, face.score))
        pairs = self._pairs(faces, time_ms)
        for track, face in pairs:
            track.see(face, time_ms)
        paired = {id(face) for _, face in pairs}
        found = {track.key for track, _ in pairs}
        self._end_lost(found, searched, time_ms)
        for face in faces:
            if id(face) not in paired and not self._is_known(face, time_ms):
                self._tracks.append(_Track(self._next_key, face, time_ms, smooth=not self._photo))
                self._next_key += 1
        self._end_doubles()
        return self._people(time_ms)

    def pop_ended(self) -> list[int]:
        """Ids of the people who left since the last call; each is told once."""
        ended, self._ended = self._ended, []
        return sorted(ended)

    def end_all(self) -> None:
        """End every track, as at a cut."""
        for track in list(self._tracks):
            self._end(track)

    def _pairs(self, faces: list[Face], time_ms: float) -> list[tuple[_Track, Face]]:
        """Pair tracks and faces, the nearest first."""
        if not faces or not self._tracks:
            return []
        # In a crowd nearly all pairs are too far apart; only the others are worth a closer look.
        places = np.array([_centre(face) for face in faces])
        reach = _FARTHEST_EVER * np.array([_size(face) for face in faces])
        costs = []
        for track in self._tracks:
            gaps = np.abs(places - _centre(track.predicted(time_ms))).max(axis=1)
            for place in np.nonzero(gaps <= np.maximum(reach, _FARTHEST_EVER * _size(track.face)))[0]:
                cost = track.cost(faces[place], time_ms)
                if cost is not None:
                    costs.append((cost, track.key, int(place)))
        by_key = {track.key: track for track in self._tracks}
        taken: set[int] = set()
        pairs = []
        for _, key, place in sorted(costs):
            if key in by_key and place not in taken:
                taken.add(place)
                pairs.append((by_key.pop(key), faces[place]))
        return pairs

    def _end_lost(self, found: set[int], searched: Collection[int] | None, time_ms: float) -> None:
        for track in list(self._tracks):
            if track.key in found:
                continue
            unseen_ms = time_ms - track.seen_ms
            missed = searched is None or track.key in searched
            track.missed |= missed
            if unseen_ms > self._settings.forget_ms or (missed and unseen_ms > self._settings.keep_ms):
                self._end(track)
            elif missed and track.id is None:
                # A find that is gone the next time it is looked for was none, or hardly one.
                track.chances -= 1
                if track.chances <= 0:
                    self._end(track)

    def _is_known(self, face: Face, time_ms: float) -> bool:
        if not self._tracks:
            return False
        boxes = np.array([track.predicted(time_ms).box for track in self._tracks])
        box = np.array([face.box])
        return bool(
            overlap(box, boxes).max() > _SAME_FACE_OVERLAP
            or containment(box, boxes).max() > _SAME_FACE_INSIDE
        )

    def _end_doubles(self) -> None:
        """Two tracks on one face: the older one stays."""
        tracks = self._tracks
        if len(tracks) < 2 or self._photo:
            return
        boxes = np.array([track.face.box for track in tracks])
        shared = overlap(boxes, boxes)
        for younger in range(len(tracks) - 1, 0, -1):
            if shared[younger, :younger].max() > 0.6:
                self._end(tracks[younger])

    def _end(self, track: _Track) -> None:
        self._tracks.remove(track)
        if track.id is not None:
            self._ended.append(track.id)

    def _people(self, time_ms: float) -> list[TrackedFace]:
        people = []
        # Ids go by size where several people are confirmed at once: the nearest is 1.
        for track in sorted(self._tracks, key=lambda track: (-track.face.width_px, track.face.box)):
            if track.id is None and (self._photo or track.detections >= self._settings.confirm):
                track.id = self._next_id
                self._next_id += 1
        for track in self._tracks:
            unseen_ms = time_ms - track.seen_ms
            # Who was not looked for has not gone.
            if track.id is None or (track.missed and unseen_ms > self._settings.show_ms):
                continue
            started, track.announced = not track.announced, True
            people.append(
                TrackedFace(
                    id=track.id,
                    face=track.predicted(time_ms),
                    started=started,
                    predicted=unseen_ms > 0,
                    unseen_ms=max(unseen_ms, 0.0),
                )
            )
        return sorted(people, key=lambda person: person.id)


class _Track:
    """One face over time."""

    def __init__(self, key: int, face: Face, time_ms: float, *, smooth: bool) -> None:
        self.key = key
        self.id: int | None = None
        self.face = face
        self.seen_ms = time_ms
        self.detections = 1
        self.chances = 2
        self.missed = False
        self.announced = False
        self._velocity = np.zeros(2)  # pixels a millisecond
        self._centre = _centre(face)
        self._filter = OneEuro() if smooth else None
        if self._filter is not None:
            self._filter.update(_coordinates(face), 0.0)

    @property
    def speed(self) -> float:
        """Face sizes a second."""
        return float(np.hypot(*self._velocity)) * 1000.0 / _size(self.face)

    def see(self, face: Face, time_ms: float) -> None:
        """Take in a detection of this face."""
        elapsed_ms = time_ms - self.seen_ms
        centre = _centre(face)
        if elapsed_ms > 0:
            share = elapsed_ms / (elapsed_ms + _SPEED_MEMORY_MS)
            self._velocity += share * ((centre - self._centre) / elapsed_ms - self._velocity)
        self._centre = centre
        if self._filter is not None:
            smooth = self._filter.update(_coordinates(face), max(elapsed_ms, 1e-3), _size(face))
            face = _face(smooth, face)
        self.face = face
        self.seen_ms = time_ms
        self.detections += 1
        self.chances = 2
        self.missed = False

    def predicted(self, time_ms: float) -> Face:
        """Where the face should be: moved on in a straight line for a short while."""
        elapsed_ms = min(time_ms - self.seen_ms, _LONGEST_PREDICTION_MS)
        if elapsed_ms <= 0:
            return self.face
        right, down = (self._velocity * elapsed_ms).tolist()
        face = self.face
        x0, y0, x1, y1 = face.box
        return Face(
            box=(x0 + right, y0 + down, x1 + right, y1 + down),
            score=face.score,
            keypoints=face.keypoints + np.array([right, down], dtype=np.float32),
            measured=face.measured,
        )

    def cost(self, face: Face, time_ms: float) -> float | None:
        """How badly a face fits, None where it can not be this one."""
        unseen_s = max(time_ms - self.seen_ms, 0.0) / 1000.0
        size, other = _size(self.face), _size(face)
        ratio = max(size, other) / max(min(size, other), 1e-6)
        if ratio > _SIZE_RATIO:
            return None
        distance = float(np.hypot(*(_centre(face) - _centre(self.predicted(time_ms))))) / max(size, other)
        if distance > min(_FARTHEST + _FARTHER_PER_S * unseen_s, _FARTHEST_EVER):
            return None
        return distance + 0.5 * float(np.log(ratio))


def _size(face: Face) -> float:
    return max(face.width_px, face.height_px, 1e-6)


def _centre(face: Face) -> NDArray[np.float64]:
    x0, y0, x1, y1 = face.box
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2])


def _coordinates(face: Face) -> NDArray[np.float64]:
    """Box and keypoints as one vector: float64 (16,), x and y by turns."""
    return np.concatenate([np.asarray(face.box, dtype=np.float64), face.keypoints.ravel().astype(np.float64)])


def _face(coordinates: NDArray[np.float64], like: Face) -> Face:
    x0, y0, x1, y1 = (float(number) for number in coordinates[:4])
    return Face(
        box=(x0, y0, x1, y1),
        score=like.score,
        keypoints=coordinates[4:].reshape(6, 2).astype(np.float32),
        measured=like.measured,
    )
