"""Made voices: tones whose pitch and pace tell the label, one timbre a speaker."""

import io
import tempfile
import wave
from pathlib import Path

import numpy as np
import pandas as pd

from training.voice.voice_clips import VoiceClips, load_voice_clips

RATE_HZ = 16_000


def made_voice(label: int, speaker: int, sentence: int, seconds: float = 0.9) -> np.ndarray:
    """float32 (N,): vowels of a sentence, sung at a pitch and pace of the label."""
    random = np.random.default_rng((label, speaker, sentence))
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = (110 + 20 * speaker) * 2 ** (label / 5)
    sound = np.zeros_like(times)
    for formant in (400 + 300 * sentence, 1500 + 200 * speaker):
        for harmonic in range(1, 20):
            hz = pitch * harmonic
            sound += np.exp(-(((hz - formant) / 300) ** 2)) * np.sin(2 * np.pi * hz * times + harmonic)
    beats = 0.55 + 0.45 * np.sin(2 * np.pi * (2 + label) * times)
    sound = sound * beats + 0.002 * random.normal(size=len(times))
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def as_wav(samples: np.ndarray, rate_hz: int = RATE_HZ, channels: int = 1) -> bytes:
    """16-bit WAV, the same sound in every channel."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        values = (np.clip(samples, -1, 1) * 32767).astype("<i2")
        file.writeframes(np.repeat(values[:, None], channels, axis=1).tobytes())
    return content.getvalue()


def voices_table(labels: tuple[str, ...], speakers: tuple[int, ...], sentences: int = 2) -> pd.DataFrame:
    """A row for each label, speaker and sentence."""
    rows = [
        {
            "audio": as_wav(made_voice(place, speaker, sentence)),
            "label_name": label,
            "speaker": f"made_{speaker}",
            "sentence": f"made_s{sentence}",
            "source": "made",
            "intensity": "normal",
            "take": "1",
        }
        for place, label in enumerate(labels)
        for speaker in speakers
        for sentence in range(sentences)
    ]
    return pd.DataFrame(rows)


def made_clips() -> VoiceClips:
    """Three labels of two speakers and two sentences, in this order: 12 clips."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.parquet"
        voices_table(("angry", "happy", "sad"), (0, 1)).to_parquet(path)
        return load_voice_clips(path)
