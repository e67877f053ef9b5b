import numpy as np
import pytest

from emopoi.coefficient_stage import ReadShape
from emopoi.pipeline import Pipeline
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.runtime.emotion_reader import FrozenEmotionReader
from emopoi.runtime.expression_memory import ExponentialMemory, LstmMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import EmotionReading, Face, FaceCoefficients, HeadPose, PersonEstimate, TrackedFace
from emopoi.vision.lid_reader import Lids
from tests.pipeline.made_faces import BOX, POINTS, frames


class FakeFinder:
    """One face from frame 2 to 5, then it ends."""

    def faces(self, frame):
        self.frame = frame.index
        if 2 <= frame.index <= 5:
            return [TrackedFace(1, Face(BOX, 0.9, POINTS), started=frame.index == 2)]
        return []

    def pop_ended(self):
        return [1] if self.frame == 6 else []


class FakeReader:
    def __init__(self):
        self.forgotten = []

    def read(self, frame, face, pose=None):
        happy = np.eye(7, dtype=np.float32)[3]
        return EmotionReading(face.id, frame.time_ms, BOX, happy, np.eye(8, dtype=np.float32)[1], 0.9, pose)

    def forget(self, person):
        self.forgotten.append(person)


class FakePerson:
    def estimate(self, frame, face, pose=None):
        return PersonEstimate(np.eye(101, dtype=np.float32)[33], 0.8)


def test_stages_are_joined():
    reader, builder = FakeReader(), ProfileBuilder(ProfileSettings(min_track_s=0.0))
    results = list(Pipeline(FakeFinder(), reader, FakePerson()).run(iter(frames(9)), builder))
    assert [len(result.readings) for result in results] == [0, 0, 1, 1, 1, 1, 0, 0, 0]
    assert reader.forgotten == [1]
    person = builder.build("x.mp4").people[0]
    assert person.fer7["happy"] == 1.0 and person.age.median == 33 and person.female == 0.8
    assert results[2].readings[0].pose is not None


def test_no_age_reader_no_age():
    builder = ProfileBuilder(ProfileSettings(min_track_s=0.0))
    list(Pipeline(FakeFinder(), FakeReader()).run(iter(frames(9)), builder))
    assert builder.build("x.mp4").people[0].age is None


@pytest.mark.parametrize("kind", ["ema", "lstm"])
def test_what_is_remembered_goes_with_its_track(kind):
    memory = ExponentialMemory() if kind == "ema" else LstmMemory(FrozenModel.load("emotion_time"))
    told = []

    class Watched:
        reads = memory.reads

        def recall(self, face, time_ms, output):
            told.append(face.id)
            return memory.recall(face, time_ms, output)

        def forget(self, person):
            told.append(f"{person} ended")
            memory.forget(person)

    reader = FrozenEmotionReader(FrozenModel.load("emotion"), Watched())
    list(Pipeline(FakeFinder(), reader).run(iter(frames(9)), ProfileBuilder()))
    assert told == [1, 1, 1, 1, "1 ended"]


class FakeEyes:
    def __init__(self):
        self.forgotten = []

    def read(self, frame, face, pose=None):
        return Lids(eyes_open=0.31) if frame.index % 2 == 0 else None

    def forget(self, person):
        self.forgotten.append(person)


def test_lids_come_with_the_readings_of_the_frames_they_were_looked_at_in():
    eyes, builder = FakeEyes(), ProfileBuilder(ProfileSettings(min_track_s=0.0))
    pipeline = Pipeline(FakeFinder(), FakeReader(), eyes=eyes)
    readings = [r for result in pipeline.run(iter(frames(9)), builder) for r in result.readings]
    assert [reading.eyes_open for reading in readings] == [0.31, None, 0.31, None]
    assert eyes.forgotten == [1]


SHAPE = ReadShape(
    FaceCoefficients(np.zeros(2), np.full(3, 0.5)),
    HeadPose(40.0, 0.0, 0.0),
    mouth_open=0.4,
    eyes_open=0.2,
    fer7=np.eye(7, dtype=np.float32)[4],
)


class FakeShapes:
    """Sees points in even frames alone."""

    def __init__(self, shape=SHAPE):
        self.forgotten, self.shape = [], shape

    def read(self, frame, face):
        return self.shape if frame.index % 2 == 0 else None

    def forget(self, person):
        self.forgotten.append(person)


def test_coefficients_come_with_the_readings_and_bring_pose_lids_and_mouth():
    shapes = FakeShapes()
    pipeline = Pipeline(FakeFinder(), FakeReader(), eyes=FakeEyes(), shapes=shapes)
    builder = ProfileBuilder(ProfileSettings(min_track_s=0.0))
    readings = [r for result in pipeline.run(iter(frames(9)), builder) for r in result.readings]
    seen, other = readings[0], readings[1]
    assert seen.coefficients is SHAPE.coefficients and seen.pose is SHAPE.pose
    assert (seen.eyes_open, seen.mouth_open) == (0.2, 0.4)
    # A head of its own beside FER-7, which stays that of the expression network.
    assert seen.coefficient_fer7.argmax() == 4 and seen.fer7.argmax() == 3
    assert other.coefficients is other.coefficient_fer7 is other.mouth_open is None
    assert other.pose is not None and other.pose is not SHAPE.pose
    assert shapes.forgotten == [1]


def test_lids_that_the_shapes_did_not_see_stay_those_of_the_schedule():
    pipeline = Pipeline(FakeFinder(), FakeReader(), eyes=FakeEyes(), shapes=FakeShapes(
        ReadShape(SHAPE.coefficients, SHAPE.pose, 0.4)))  # fmt: skip
    results = list(pipeline.run(iter(frames(5)), ProfileBuilder()))
    assert results[2].readings[0].eyes_open == 0.31 and results[2].readings[0].mouth_open == 0.4
