import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.preprocess.log_mel import log_mel
from emopoi.preprocess.voice_level import (
    FLOOR,
    LevelTracker,
    frame_power,
    is_silent,
    levelled,
    levelled_as_heard,
)


def voice(seconds: float = 1.5) -> np.ndarray:
    random = np.random.default_rng(3)
    times = np.arange(round(16_000 * seconds)) / 16_000
    loud = np.clip(np.sin(2 * np.pi * 2 * times), 0.02, 1)
    return (0.05 * loud * random.normal(size=len(times))).astype(np.float32)


@given(st.floats(-12, 12))
def test_a_gain_changes_nothing(gain_db):
    samples = voice()
    frames = levelled(log_mel(samples))
    louder = levelled(log_mel(samples * np.float32(10 ** (gain_db / 20))))
    assert frames.std() > 0.1
    np.testing.assert_allclose(louder, frames, atol=1e-4)


@given(st.floats(-12, 12))
def test_nor_does_it_as_the_voice_comes(gain_db):
    samples = voice()
    frames = levelled_as_heard(log_mel(samples), LevelTracker())
    louder = levelled_as_heard(log_mel(samples * np.float32(10 ** (gain_db / 20))), LevelTracker())
    np.testing.assert_allclose(louder, frames, atol=1e-4)


def test_the_loud_frames_are_near_zero_and_the_quiet_ones_far_below():
    frames = levelled(log_mel(voice()))
    power = frame_power(frames / 0.25)
    assert abs(np.quantile(power, 0.9)) < 1.0
    assert frames.min() >= FLOOR


def test_a_tracker_in_pieces_is_a_tracker_at_once():
    power = frame_power(log_mel(voice()))
    whole = LevelTracker().follow(power)
    pieces = LevelTracker()
    np.testing.assert_array_equal(np.concatenate([pieces.follow(p) for p in np.array_split(power, 7)]), whole)


def test_a_pause_does_not_lift_noise_to_speech():
    speech, noise = voice(1.0), np.full(16_000 * 5, 1e-3, np.float32)
    noise *= np.random.default_rng(1).normal(size=len(noise)).astype(np.float32)
    frames = levelled_as_heard(log_mel(np.concatenate([speech, noise])), LevelTracker())
    assert frames[-100:].mean() < frames[:100].mean() - 0.5


def test_silence_stays_silence():
    frames = log_mel(np.zeros(16_000, np.float32))
    assert is_silent(frame_power(frames))
    assert (levelled_as_heard(frames, LevelTracker()) == FLOOR).all()
    assert not is_silent(frame_power(log_mel(voice())))


def test_nothing_gives_nothing():
    empty = np.zeros((0, 64), np.float32)
    assert levelled(empty).shape == levelled_as_heard(empty, LevelTracker()).shape == (0, 64)
