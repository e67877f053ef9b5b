from dataclasses import replace

import numpy as np
import pytest

from emopoi.coefficient_stage import CoefficientStage
from emopoi.head.landmark_solver import SolvedFace
from emopoi.types import Face, FaceCoefficients, Frame, TrackedFace
from emopoi.vision.face_landmarks import POINTS, FaceMesh

PLACES = np.random.default_rng(0).uniform(50, 150, (POINTS, 3)).astype(np.float32)
FACE = Face((0.0, 0.0, 200.0, 200.0), 0.9, np.ones((6, 2), np.float32))


class Meshes:
    def __init__(self, mesh):
        self.mesh_, self.asked = mesh, 0

    def mesh(self, image, face):
        self.asked += 1
        return self.mesh_


class Track:
    """Turned by `yaw`; counts its frames."""

    def __init__(self, yaw=0.0):
        self.yaw, self.observed, self.times = yaw, 0, []

    def observe(self, points):
        self.observed += 1

    def solve(self, points, time_ms):
        self.times.append(time_ms)
        pose = np.zeros((5, 3), np.float32)
        pose[0, 1] = self.yaw
        assert self.observed == len(self.times)
        return SolvedFace(FaceCoefficients(np.zeros(2), np.full(3, 0.25), pose), 0.01)


class Named:
    def read(self, coefficients):
        return np.eye(7, dtype=np.float32)[3]


def stage(mesh, yaw=0.0, emotion=None):
    made = []

    def new():
        made.append(Track(yaw))
        return made[-1]

    return CoefficientStage(Meshes(mesh), new, emotion), made


def frame(index=0):
    return Frame(np.zeros((9, 9, 3), np.uint8), 40.0 * index, index)


def test_everything_that_the_points_tell_is_told():
    read, _ = stage(FaceMesh(PLACES, 0.9, (0.3, 0.2)), yaw=0.1, emotion=Named())
    told = read.read(frame(), TrackedFace(1, FACE, started=True))
    assert told.coefficients.expression.tolist() == [0.25] * 3 and told.fer7.argmax() == 3
    assert told.pose.yaw_deg == pytest.approx(np.degrees(0.1), abs=1e-3)
    assert told.mouth_open > 0 and told.eyes_open == 0.3
    assert stage(FaceMesh(PLACES, 0.9))[0].read(frame(), TrackedFace(1, FACE)).eyes_open is None


@pytest.mark.parametrize(("yaw", "expected"), [(0.1, 0.3), (-0.1, 0.3), (0.5, 0.3), (-0.5, 0.2)])
def test_the_eye_nearer_to_the_camera_counts(yaw, expected):
    # Who turns to the own left shows the right eye.
    read, _ = stage(FaceMesh(PLACES, 0.9, (0.3, 0.2)), yaw)
    assert read.read(frame(), TrackedFace(1, FACE)).eyes_open == expected
    hidden, _ = stage(FaceMesh(PLACES, 0.9, (None, 0.2)), 0.5)
    assert hidden.read(frame(), TrackedFace(1, FACE)).eyes_open == 0.2


@pytest.mark.parametrize(
    "mesh",
    [
        None,
        FaceMesh(PLACES, 0.4),
        FaceMesh(np.full_like(PLACES, np.nan), 0.9),
        FaceMesh(np.full_like(PLACES, 7.0), 0.9),
        FaceMesh(np.where(np.arange(POINTS)[:, None] == 5, np.inf, PLACES), 0.9),
    ],
)
def test_without_points_nothing_is_told_and_no_track_begun(mesh):
    read, made = stage(mesh)
    assert read.read(frame(), TrackedFace(1, FACE, started=True)) is None and not made


def test_places_carried_over_for_long_are_not_looked_at():
    read, made = stage(FaceMesh(PLACES, 0.9))
    face = TrackedFace(1, FACE, started=True)
    assert read.read(frame(), face) is not None
    assert read.read(frame(1), replace(face, started=False, predicted=True, unseen_ms=100.0)) is not None
    assert read.read(frame(2), replace(face, started=False, predicted=True, unseen_ms=400.0)) is None
    assert made[0].times == [0.0, 40.0]


def test_one_state_a_track_and_none_after_its_end():
    read, made = stage(FaceMesh(PLACES, 0.9))
    for index in range(3):
        for person in (1, 2):
            read.read(frame(index), TrackedFace(person, FACE, started=index == 0))
    assert [track.times for track in made] == [[0.0, 40.0, 80.0]] * 2
    read.forget(1)
    read.forget(1)
    read.read(frame(3), TrackedFace(1, FACE))
    assert len(made) == 3 and made[2].times == [120.0]
    # Memory is flat: a thousand people come and go.
    for person in range(10, 1010):
        read.read(frame(4), TrackedFace(person, FACE, started=True))
        read.forget(person)
    assert set(read._tracks) == {1, 2}
