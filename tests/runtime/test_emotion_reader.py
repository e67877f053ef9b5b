import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.runtime.emotion_reader import FrozenEmotionReader, visibility
from emopoi.runtime.expression_memory import LstmMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import sigmoid, softmax
from emopoi.types import Face, Frame, HeadPose, TrackedFace

POINTS = np.array([[30, 40], [70, 40], [50, 60], [50, 78], [12, 44], [88, 44]], np.float32)


def tracked(person=1, size=100.0, **flags):
    return TrackedFace(person, Face((0, 0, size, size), 0.9, POINTS * size / 100), **flags)


def picture(seed):
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (12, 12, 3)).astype(np.uint8)
    return small.repeat(10, 0).repeat(10, 1)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=12), st.floats(0.2, 5))
def test_softmax_is_a_distribution(values, temperature):
    found = softmax(np.array(values), temperature)
    assert np.isclose(found.sum(), 1, atol=1e-5) and (found >= 0).all()
    assert values[int(found.argmax())] >= max(values) - 1e-3


@given(st.floats(-800, 800))
def test_sigmoid_is_symmetric(value):
    assert 0 <= sigmoid(value) <= 1 and np.isclose(sigmoid(value) + sigmoid(-value), 1)


def test_visibility_falls_with_size_pose_and_guessing():
    front = HeadPose(0, 0, 0)
    assert visibility(tracked(), front) == 1.0
    sizes = [visibility(tracked(size=size), front) for size in (10, 20, 30, 60)]
    assert sizes == sorted(sizes) and sizes[0] == 0.0
    turned = [visibility(tracked(), HeadPose(yaw, 0, 0)) for yaw in (0, 45, 60, 90)]
    assert turned == sorted(turned, reverse=True) and turned[-1] > 0
    # Carried over between two looks of the detector: as good as seen. For longer: a guess.
    assert visibility(tracked(predicted=True, unseen_ms=100), front) == 1.0
    assert visibility(tracked(predicted=True, unseen_ms=400), front) < 0.5


@pytest.fixture(scope="module")
def reader():
    return FrozenEmotionReader(FrozenModel.load("emotion"), LstmMemory(FrozenModel.load("emotion_time")))


def test_models_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="no faces"):
        FrozenEmotionReader(FrozenModel.load("emotion_time"))
    with pytest.raises(InputError, match="no embedding"):
        FrozenEmotionReader(FrozenModel.load("multi_head"), LstmMemory(FrozenModel.load("emotion_time")))


def test_readings_are_distributions_in_label_order(reader):
    found = reader.read(Frame(picture(0), 0.0, 0), tracked(started=True))
    assert found.fer7.shape == (7,) and np.isclose(found.fer7.sum(), 1, atol=1e-4)
    assert found.ferplus8.shape == (8,) and 0 <= found.confidence <= 1


def test_state_is_kept_by_track_and_dropped_at_its_end(reader):
    first = Frame(picture(1), 0.0, 0)
    then = Frame(picture(2), 40.0, 1)
    fresh = reader.read(then, tracked(7, started=True)).fer7
    reader.read(first, tracked(8, started=True))
    remembered = reader.read(then, tracked(8)).fer7
    assert np.abs(fresh - remembered).max() > 1e-4
    reader.read(first, tracked(8, started=True))
    reader.forget(8)
    assert np.allclose(reader.read(then, tracked(8)).fer7, fresh)
    # Another person's frames in between change nothing.
    reader.read(first, tracked(9, started=True))
    reader.read(picture_frame := first, tracked(10, started=True))
    assert picture_frame is first
    assert np.allclose(reader.read(then, tracked(9)).fer7, remembered)
