import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from emopoi.errors import InputError
from emopoi.preprocess.log_mel import LogMelSpec, LogMelStream, log_mel, mel_filters

SPEC = LogMelSpec()


def sound(seconds: float = 1.0, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    times = np.arange(round(16_000 * seconds)) / 16_000
    tone = np.sin(2 * np.pi * (200 + 300 * times) * times)
    return (0.2 * tone + 0.02 * random.normal(size=len(times))).astype(np.float32)


def test_as_scipy_and_librosa_compute_it():
    samples = sound(2.0)
    window = signal.get_window("hann", SPEC.window)
    transform = signal.ShortTimeFFT(window, SPEC.hop, fs=SPEC.sample_rate_hz, mfft=SPEC.fft)
    # The first frame begins with the first sample, scipy's first one has its middle there.
    power = transform.spectrogram(samples, p0=0, k_offset=SPEC.window // 2)
    # librosa's filters alone: its own transform compiles itself for half a minute in a new environment.
    filters = librosa.filters.mel(
        sr=SPEC.sample_rate_hz, n_fft=SPEC.fft, n_mels=SPEC.bands, fmin=SPEC.low_hz, fmax=SPEC.high_hz
    )
    expected = np.log(np.maximum(filters @ power, SPEC.floor)).T
    found = log_mel(samples)
    assert found.std() > 1 and len(found) == 1 + (len(samples) - SPEC.window) // SPEC.hop
    assert np.abs(found - expected[: len(found)]).max() < 1e-4


def test_a_tone_is_in_the_band_that_holds_it():
    times = np.arange(16_000) / 16_000
    frames = log_mel(np.sin(2 * np.pi * 1000 * times).astype(np.float32))
    weights = mel_filters(SPEC)[round(1000 / (16_000 / SPEC.fft))]
    assert weights[frames.mean(axis=0).argmax()] == weights.max()


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=8))
def test_pieces_give_what_the_whole_gives(lengths):
    samples = sound(1.0)[: sum(lengths)]
    pieces = np.split(samples, np.cumsum(lengths)[:-1])
    stream = LogMelStream()
    frames = [stream.add(piece) for piece in pieces]
    whole = log_mel(samples)
    assert sum(map(len, frames)) == len(whole)
    if len(whole):
        np.testing.assert_allclose(np.concatenate(frames), whole, atol=1e-5)


def test_a_stream_keeps_less_than_a_window():
    stream = LogMelStream()
    for _ in range(20):
        stream.add(sound(0.33))
    assert len(stream._kept) < SPEC.window + SPEC.hop


@pytest.mark.parametrize("count", [0, 1, 399])
def test_too_short_for_a_frame(count):
    assert log_mel(np.zeros(count, np.float32)).shape == (0, SPEC.bands)


def test_silence_is_the_floor():
    assert np.allclose(log_mel(np.zeros(1000, np.float32)), np.log(SPEC.floor))


@pytest.mark.parametrize("samples", [np.zeros((4, 2)), np.array([0.0, np.nan]), np.array([np.inf])])
def test_refuses_what_is_no_sound(samples):
    with pytest.raises(InputError):
        log_mel(samples)


def test_spec_goes_through_its_dictionary():
    spec = LogMelSpec(bands=40, high_hz=4000.0)
    assert LogMelSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize(
    "change", [{"hop": 0}, {"fft": 256}, {"high_hz": 9e3}, {"low_hz": -1.0}, {"bands": 0}]
)
def test_spec_refuses_what_can_not_work(change):
    with pytest.raises(InputError):
        LogMelSpec(**change)
