"""The stage of the main job that reads a head's coefficients off every followed face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.head.face_track_solver import FaceTrackSolver
from emopoi.head.turn_angles import pose_of
from emopoi.types import Frame, HeadPose, TrackedFace
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.vision.eye_landmarks import LEFT, RIGHT
from emopoi.vision.face_landmarks import mouth_opening
from emopoi.vision.mesher import Mesher, is_placed

ENOUGH_PRESENCE = 0.5
"""From here on the landmark network is taken to see a face."""

_MOST_UNSEEN_MS = 150.0  # a place that was carried over for longer is a guess
_TURNED_DEG = 12.0  # turned by less, both eyes are seen alike: keep to one


class NamesExpressions(Protocol):
    """Tells FER-7 from coefficients."""

    def read(self, coefficients: FaceCoefficients) -> NDArray[np.float32]:
        """float32 (7,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ReadShape:
    """What was read off the points of one face.

    Attributes:
        coefficients: of the head.
        pose: of the head.
        mouth_open: height of the mouth over its width.
        eyes_open: distance of the lids over the width of the eye, of the eye nearer to the camera; None
            where the lids were not looked at.
        fer7: float32 (7,), what the coefficients say of the expression; None where no network was asked.
    """

    coefficients: FaceCoefficients
    pose: HeadPose
    mouth_open: float
    eyes_open: float | None = None
    fer7: NDArray[np.float32] | None = None


class CoefficientStage:
    """Reads coefficients of each face as frames come; keeps one small state a track.

    Args:
        mesher: places the points.
        new_track: makes what solves the frames of the next person.
        emotion: names expressions from coefficients, or None.
    """

    def __init__(
        self,
        mesher: Mesher,
        new_track: Callable[[], FaceTrackSolver],
        emotion: NamesExpressions | None = None,
    ) -> None:
        self._mesher = mesher
        self._new_track = new_track
        self._emotion = emotion
        self._tracks: dict[int, FaceTrackSolver] = {}

    def read(self, frame: Frame, face: TrackedFace) -> ReadShape | None:
        """Read one face in one frame.

        Args:
            frame: the picture; frames of a track come in the order of their times.
            face: followed.

        Returns:
            What was read; None where no points could be placed.
        """
        if face.unseen_ms > _MOST_UNSEEN_MS:
            return None
        mesh = self._mesher.mesh(frame.image, face.face)
        if mesh is None or mesh.presence < ENOUGH_PRESENCE or not is_placed(mesh.points):
            return None
        if face.started or face.id not in self._tracks:
            self._tracks[face.id] = self._new_track()
        track = self._tracks[face.id]
        track.observe(mesh.points)
        coefficients = track.solve(mesh.points, frame.time_ms).coefficients
        pose = pose_of(coefficients)
        return ReadShape(
            coefficients,
            pose,
            mouth_opening(mesh.points),
            _nearer(mesh.eyes_open, pose),
            self._emotion.read(coefficients) if self._emotion else None,
        )

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        self._tracks.pop(person, None)


def _nearer(eyes_open: tuple[float | None, float | None], pose: HeadPose) -> float | None:
    eye = LEFT if pose.yaw_deg < -_TURNED_DEG else RIGHT
    return eyes_open[eye] if eyes_open[eye] is not None else eyes_open[1 - eye]
