import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.runtime.expression_memory import ExponentialMemory, LstmMemory, NoMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types import Face, TrackedFace

LOGITS = st.lists(st.floats(-8, 8), min_size=7, max_size=7).map(lambda v: np.array(v, np.float32))
POINTS = np.zeros((6, 2), np.float32)


def tracked(person=1, started=False):
    return TrackedFace(person, Face((0, 0, 80, 80), 0.9, POINTS), started=started)


def says(label, strength=5.0):
    return {"fer7": strength * np.eye(7, dtype=np.float32)[label]}


@given(LOGITS, LOGITS, st.floats(0.5, 3))
def test_without_memory_only_this_frame_counts(first, second, temperature):
    memory = NoMemory(temperature)
    memory.recall(tracked(started=True), 0, {"fer7": first})
    found = memory.recall(tracked(), 40, {"fer7": second})
    assert np.allclose(found, softmax(second, temperature))


@given(st.lists(st.tuples(LOGITS, st.floats(0, 2000)), min_size=1, max_size=12))
def test_the_fading_mean_is_a_distribution_between_what_it_saw(frames):
    memory, time_ms, seen = ExponentialMemory(), 0.0, []
    for place, (logits, pause) in enumerate(frames):
        time_ms += pause
        seen.append(softmax(logits))
        found = memory.recall(tracked(started=place == 0), time_ms, {"fer7": logits})
        assert np.isclose(found.sum(), 1, atol=1e-4)
        assert (found >= np.min(seen, 0) - 1e-5).all() and (found <= np.max(seen, 0) + 1e-5).all()


@given(st.integers(1, 60), st.floats(50, 1000))
def test_the_past_fades_with_time_whatever_the_frame_rate(steps, after_ms):
    """A change of expression is as far along after the same time at 1 or at 60 looks."""
    memory = ExponentialMemory(time_constant_ms=300)
    first = memory.recall(tracked(started=True), 0, says(3))
    for step in range(1, steps + 1):
        found = memory.recall(tracked(), after_ms * step / steps, says(0))
    keep = np.exp(-after_ms / 300)
    assert np.allclose(found, keep * first + (1 - keep) * softmax(says(0)["fer7"]), atol=1e-4)


def test_after_the_time_constant_the_past_counts_a_third():
    memory = ExponentialMemory(time_constant_ms=200)
    memory.recall(tracked(started=True), 1000, says(3, 50))
    found = memory.recall(tracked(), 1200, says(0, 50))
    assert found[3] == pytest.approx(np.exp(-1), abs=1e-3)
    # Out of order or twice the same time: nothing is added, nothing breaks.
    assert np.allclose(memory.recall(tracked(), 1100, says(6, 50)), found)


@pytest.mark.parametrize("wrong", [0.0, -5.0, float("nan"), float("inf")])
def test_a_time_constant_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match="time_constant_ms"):
        ExponentialMemory(time_constant_ms=wrong)


@pytest.fixture(scope="module")
def lstm_model():
    return FrozenModel.load("emotion_time")


def kinds(lstm_model):
    return {"ema": ExponentialMemory(), "lstm": LstmMemory(lstm_model)}


def output(seed):
    random = np.random.default_rng(seed)
    return {
        "fer7": random.normal(0, 3, 7).astype(np.float32),
        "embedding": np.maximum(0, random.normal(0, 1, 256)).astype(np.float32),
    }


@pytest.mark.parametrize("kind", ["ema", "lstm"])
def test_state_goes_when_a_track_ends_and_is_nobody_elses(lstm_model, kind):
    memory = kinds(lstm_model)[kind]
    fresh = memory.recall(tracked(7, started=True), 40, output(2))
    memory.recall(tracked(8, started=True), 0, output(1))
    memory.recall(tracked(9, started=True), 0, output(3))
    remembered = memory.recall(tracked(8), 40, output(2))
    assert np.abs(fresh - remembered).max() > 1e-3
    # A track that starts anew under the same number, and one that was forgotten, know nothing.
    assert np.allclose(memory.recall(tracked(8, started=True), 80, output(2)), fresh)
    memory.recall(tracked(8), 120, output(1))
    memory.forget(8)
    assert np.allclose(memory.recall(tracked(8), 160, output(2)), fresh)
    memory.forget(1234)


@pytest.mark.parametrize("kind", ["ema", "lstm"])
def test_nothing_is_left_of_ended_tracks(lstm_model, kind):
    memory = kinds(lstm_model)[kind]
    for person in range(30):
        memory.recall(tracked(person, started=True), 0, output(person))
        memory.forget(person)
    kept = [value for value in vars(memory).values() if isinstance(value, dict)]
    assert not any(set(value) & set(range(30)) for value in kept)


@pytest.mark.parametrize("pause_ms", [80, 120, 200])
def test_the_lstm_follows_as_fast_where_frames_come_slowly(lstm_model, pause_ms):
    def after_change(step_ms):
        memory = LstmMemory(lstm_model)
        output = {label: says(label) | {"embedding": np.full(256, 0.3, np.float32)} for label in (3, 6)}
        for time_ms in range(0, 601, step_ms):
            memory.recall(tracked(started=time_ms == 0), time_ms, output[3])
        for time_ms in range(600 + step_ms, 1201, step_ms):
            found = memory.recall(tracked(), time_ms, output[6])
        return found

    assert np.abs(after_change(pause_ms) - after_change(40)).max() < 0.02


def test_the_lstm_passes_over_a_short_outlier_and_follows_a_lasting_change(lstm_model):
    memory = LstmMemory(lstm_model)
    happy, angry = output(5), output(6)
    happy["fer7"], angry["fer7"] = says(3)["fer7"], says(0, 3.0)["fer7"]
    for frame in range(12):
        found = memory.recall(tracked(started=frame == 0), 40 * frame, happy)
    assert found.argmax() == 3
    for frame in range(12, 36):
        found = memory.recall(tracked(), 40 * frame, angry)
    assert found.argmax() == 0


def test_another_sort_of_model_is_refused():
    with pytest.raises(InputError, match="emotion_clip is no step form"):
        LstmMemory(FrozenModel.load("emotion_clip"))
