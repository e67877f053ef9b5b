import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from emopoi.coefficient_stage import ReadShape
from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.head.face_track_solver import StillSolver
from emopoi.head.head_file import write_head_npz
from emopoi.head.track_solver import TrackSolver
from emopoi.landmark_stage import LandmarkStage
from emopoi.pipeline import Pipeline, RecognitionSettings, build_pipeline, load_models, profile_settings
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.runtime.coefficient_track_reader import CoefficientTrackReader
from emopoi.runtime.emotion_reader import FrozenEmotionReader
from emopoi.runtime.estimate_schedule import EstimateSchedule, EstimateSettings
from emopoi.runtime.expression_memory import ExponentialMemory, LstmMemory, NoMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import EmotionReading, Face, FaceCoefficients, Frame, HeadPose, PersonEstimate, TrackedFace
from emopoi.vision.blazeface_files import read_blazeface_files
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.lid_reader import Lids
from emopoi.vision.refined_landmarks import RefinedLandmarks
from tests.head.made_heads import small_head

POINTS = np.array([[30, 40], [70, 40], [50, 60], [50, 78], [12, 44], [88, 44]], np.float32)
BOX = (0.0, 0.0, 100.0, 100.0)


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


def frames(count):
    return [Frame(np.zeros((9, 9, 3), np.uint8), 40.0 * i, i) for i in range(count)]


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


@pytest.mark.parametrize(
    ("temporal", "photo", "expected"),
    [
        ("lstm", False, LstmMemory),
        ("ema", False, ExponentialMemory),
        ("none", False, NoMemory),
        ("lstm", True, NoMemory),
        ("ema", True, NoMemory),
    ],
)
def test_photos_remember_nothing_and_videos_what_was_asked(temporal, photo, expected):
    settings = RecognitionSettings(detector="haar", temporal=temporal, age_gender=False)
    models = load_models(settings, photo=photo)
    assert models.temporal == ("none" if photo else temporal)
    assert (models.time is not None) == (expected is LstmMemory)
    assert type(build_pipeline(models)._emotion._memory) is expected


def test_schedule_looks_often_at_first_then_seldom_and_stops():
    settings = EstimateSettings(first=3, first_every_ms=100, every_ms=1000, most=6)
    schedule = EstimateSchedule(settings)
    due = [time for time in range(0, 20000, 20) if schedule.due(1, time, 1.0)]
    assert due[:3] == [0, 100, 200] and len(due) == 6
    assert all(later - sooner >= 1000 for sooner, later in itertools.pairwise(due[2:]))
    schedule.forget(1)
    assert schedule.due(1, 30000, 1.0)


def test_schedule_waits_for_a_better_view_but_not_for_ever():
    schedule = EstimateSchedule(EstimateSettings(patience_ms=500))
    due = [time for time in range(0, 1000, 50) if schedule.due(1, time, 0.1)]
    assert due[0] == 500


@pytest.mark.parametrize(("fps", "sample_fps"), [(25, None), (25, 1.0), (25, 0.2), (0.5, None), (None, None)])
def test_time_observed_does_not_depend_on_how_often_it_is_looked(fps, sample_fps):
    media = SimpleNamespace(kind="video", fps=fps)
    builder = ProfileBuilder(profile_settings(media, sample_fps))
    step_ms = 1000 / min(rate for rate in (fps, sample_fps, 25) if rate)
    shown = np.eye(7, dtype=np.float32)[3]
    for number in range(int(20_000 / step_ms)):
        votes = np.eye(8, dtype=np.float32)[1]
        builder.add(EmotionReading(1, number * step_ms, BOX, shown, votes, 0.9))
    assert builder.build("x.mp4").people[0].observed_s == pytest.approx(20, abs=0.05)


def test_photos_are_told_apart_from_videos():
    assert profile_settings(SimpleNamespace(kind="folder", fps=None)).stills is True
    assert profile_settings(SimpleNamespace(kind="camera", fps=None)).stills is False


@pytest.mark.parametrize("wrong", [{"detector": "magic"}, {"temporal": "gru"}, {"coefficients": "guess"}])
def test_settings_are_checked(wrong):
    with pytest.raises(InputError, match="expected"):
        RecognitionSettings(**wrong)


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


def test_what_is_not_read_is_said_in_one_note(tmp_path):
    models = load_models(RecognitionSettings(detector="haar"))
    assert models.eyes is None and [note for note in models.notes if "exhaustion is not read" in note]
    wheel = read_blazeface_files()
    (tmp_path / "face_detection_short_range.tflite").write_bytes(wheel.short_range)
    (tmp_path / "face_detection_full_range.tflite").write_bytes(wheel.full_range)
    models = load_models(RecognitionSettings(bundle=str(tmp_path)))
    assert models.eyes is None
    assert [note for note in models.notes if "exhaustion" in note and "iris_landmark.tflite" in note]
    # A photo gives no exhaustion, and that needs no note.
    photo = load_models(RecognitionSettings(bundle=str(tmp_path)), photo=True)
    assert photo.eyes is None and not [note for note in photo.notes if "exhaustion" in note]


def test_heads_that_do_not_fit_are_left_out_with_a_note():
    models = load_models(RecognitionSettings(states_model="age_gender"))
    assert models.states is None
    assert [note for note in models.notes if "boredom and frustration are not read" in note]
    everything = load_models(RecognitionSettings())
    assert everything.states is not None and everything.eyes is not None and not everything.notes
    nothing = load_models(RecognitionSettings(states=False))
    assert nothing.states is None and nothing.eyes is None and not nothing.notes


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


def test_coefficients_cost_nothing_unless_they_are_asked():
    assert load_models(RecognitionSettings()).shapes is None
    solver = load_models(RecognitionSettings(coefficients="solver"))
    assert isinstance(solver.shapes.mesher, RefinedLandmarks) and solver.shapes.network is None
    # Lids are looked at in every frame already.
    assert solver.eyes is None and solver.shapes.sees_lids and not solver.notes
    network = load_models(RecognitionSettings(coefficients="network"))
    assert isinstance(network.shapes.mesher, FaceLandmarks) and not network.shapes.sees_lids
    assert network.eyes is not None and network.eyes[1] is None and not network.notes


@pytest.mark.parametrize(
    ("method", "photo", "expected"),
    [
        ("solver", False, TrackSolver),
        ("solver", True, StillSolver),
        ("network", False, CoefficientTrackReader),
        ("network", True, CoefficientTrackReader),
    ],
)
def test_every_track_gets_a_solver_of_its_own(method, photo, expected):
    models = load_models(RecognitionSettings(coefficients=method, states=False), photo=photo)
    stage = build_pipeline(models)._shapes
    first, second = stage._new_track(), stage._new_track()
    assert type(first) is expected and first is not second


def test_without_the_landmark_network_one_note_and_the_job_runs_on(tmp_path):
    wheel = read_blazeface_files()
    (tmp_path / "face_detection_short_range.tflite").write_bytes(wheel.short_range)
    (tmp_path / "face_detection_full_range.tflite").write_bytes(wheel.full_range)
    settings = RecognitionSettings(bundle=str(tmp_path), coefficients="solver", states=False)
    models = load_models(settings)
    (note,) = models.notes
    assert models.shapes is None and "coefficients" in note and "face_landmark.tflite" in note
    (tmp_path / "face_landmark.tflite").write_bytes(wheel.landmarks)
    (note,) = load_models(settings).notes
    assert "close their eyes" in note and "iris_landmark.tflite" in note


def test_a_head_of_one_s_own_works_with_the_solver_and_not_with_networks_of_another(tmp_path):
    path = tmp_path / "small.npz"
    write_head_npz(small_head(), path)
    models = load_models(RecognitionSettings(coefficients="solver", head=str(path), states=False))
    assert models.shapes.head.n_identity == 6 and models.shapes.emotion is None
    (note,) = models.notes
    assert "expressions are not named from coefficients" in note and "does not fit the head" in note
    with pytest.raises(ModelFileError, match="does not fit the head"):
        load_models(RecognitionSettings(coefficients="network", head=str(path)))
    with pytest.raises(ModelFileError, match="no such file"):
        load_models(RecognitionSettings(coefficients="solver", head=str(tmp_path / "none.npz")))


def test_expressions_from_landmarks_read_no_pixels_after_them():
    settings = RecognitionSettings(read_from="landmarks", age_gender=False, emotion_model="none at all")
    models = load_models(settings)
    assert (
        models.emotion.manifest.name == "landmark_emotion"
        and models.states is None
        and models.time is None
        and models.temporal == "ema"
    )
    assert isinstance(models.points.mesher, RefinedLandmarks)
    stage = build_pipeline(models)._emotion
    assert isinstance(stage, LandmarkStage) and isinstance(stage._memory, ExponentialMemory)
    # A face that is not there: nothing is said with confidence.
    reading = stage.read(frames(1)[0], TrackedFace(1, Face(BOX, 0.9, POINTS), started=True))
    assert reading.confidence == 0.0


def test_landmarks_need_their_network_and_no_model_of_ones_own(tmp_path):
    with pytest.raises(MissingPartError, match="Haar"):
        load_models(RecognitionSettings(read_from="landmarks", detector="haar", age_gender=False))
    for settings in ({"read_from": "voxels"}, {"read_from": "landmarks", "own_model": "x"}):
        with pytest.raises(InputError):
            RecognitionSettings(**settings)
