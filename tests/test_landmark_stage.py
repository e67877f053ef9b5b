import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.landmark_stage import LandmarkStage, as_ferplus
from emopoi.runtime.expression_memory import ExponentialMemory
from emopoi.types import Face, Frame, HeadPose, TrackedFace
from emopoi.types.labels import FER7, FERPLUS8
from emopoi.vision.face_landmarks import FaceMesh

BOX = (0.0, 0.0, 100.0, 100.0)
POINTS = np.random.default_rng(0).uniform(0, 100, (468, 3)).astype(np.float32)


class Mesher:
    def __init__(self, mesh):
        self.given = mesh

    def mesh(self, image, face):
        return self.given


class Reader:
    prior = np.full(7, 1 / 7, np.float32)
    temperature = 2.0

    def logits(self, points):
        if points[0, 0] == 66:
            raise InputError("points: all in one place")
        return 8 * np.eye(7, dtype=np.float32)[3]


def tracked(started=True):
    return TrackedFace(1, Face(BOX, 0.9, np.zeros((6, 2), np.float32)), started=started)


def frame(time_ms=0.0):
    return Frame(np.zeros((120, 120, 3), np.uint8), time_ms, 0)


def test_the_reading_is_that_of_the_points():
    stage = LandmarkStage(Mesher(FaceMesh(POINTS, 0.9)), Reader())
    reading = stage.read(frame(), tracked(), HeadPose(0.0, 0.0, 0.0))
    assert FER7[int(reading.fer7.argmax())] == "happy" and reading.box == BOX
    expected = np.exp(4) / (np.exp(4) + 6)
    assert reading.fer7.max() == pytest.approx(expected, rel=1e-4)
    assert reading.confidence == pytest.approx(expected, rel=1e-3)
    assert FERPLUS8[int(reading.ferplus8.argmax())] == "happiness"
    assert reading.boredom is None


@pytest.mark.parametrize(
    "mesh",
    [
        None,
        FaceMesh(POINTS, 0.2),
        FaceMesh(np.full((468, 3), np.nan, np.float32), 0.9),
        FaceMesh(np.zeros((468, 3), np.float32), 0.9),
        FaceMesh(np.where(np.arange(468)[:, None] == 0, np.float32(66), POINTS), 0.9),
    ],
)
def test_without_points_nothing_is_said_with_confidence(mesh):
    reading = LandmarkStage(Mesher(mesh), Reader()).read(frame(), tracked())
    assert reading.confidence == 0.0 and np.array_equal(reading.fer7, Reader.prior)


def test_what_is_remembered_goes_with_its_track():
    mesher = Mesher(FaceMesh(POINTS, 0.9))
    memory = ExponentialMemory(2.0)
    stage = LandmarkStage(mesher, Reader(), memory)
    first = stage.read(frame(), tracked()).fer7
    again = stage.read(frame(40.0), tracked(started=False)).fer7
    np.testing.assert_allclose(first, again)
    assert memory._means
    stage.forget(1)
    assert not memory._means


def test_ferplus_has_the_same_shares_and_no_contempt():
    shares = np.arange(7, dtype=np.float32) / 21
    told = as_ferplus(shares)
    assert told.sum() == pytest.approx(1) and told[FERPLUS8.index("contempt")] == 0
    assert told[FERPLUS8.index("sadness")] == shares[FER7.index("sad")]
