import io

import numpy as np
import pytest
import soundfile

from emopoi.errors import InputError
from tests.training.voice.made_voices import as_wav, made_voice
from training.voice.sounds import decode_sound, resampled


def pitch_hz(samples):
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * 16_000 / len(samples))


def tone(rate_hz, seconds=1.0):
    return (0.4 * np.sin(2 * np.pi * 440 * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_wav_of_any_rate(rate_hz):
    samples = decode_sound(as_wav(tone(rate_hz), rate_hz, channels=2))
    assert abs(len(samples) - 16_000) < 30
    assert pitch_hz(samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("kind", "subtype"), [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")])
def test_other_codecs(kind, subtype):
    content = io.BytesIO()
    soundfile.write(content, tone(16_000), 16_000, format=kind, subtype=subtype)
    samples = decode_sound(content.getvalue())
    assert abs(len(samples) - 16_000) < 400
    assert pitch_hz(samples[2000:14_000]) == pytest.approx(440, abs=3)
    assert np.abs(samples[2000:14_000]).max() == pytest.approx(0.4, abs=0.05)


def test_another_rate_moves_pace_and_pitch():
    faster = resampled(tone(16_000), 17_600, 16_000)
    assert len(faster) == pytest.approx(16_000 / 1.1, abs=30)
    assert pitch_hz(faster) == pytest.approx(484, abs=3)
    assert len(resampled(np.zeros(0, np.float32), 8000, 16_000)) == 0


def test_made_voices_are_voices():
    assert np.abs(made_voice(0, 0, 0)).max() == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize("content", [b"", b"RIFF1234WAVEno", b"fLaCno"])
def test_refuses_what_is_no_sound(content):
    with pytest.raises(InputError):
        decode_sound(content)
