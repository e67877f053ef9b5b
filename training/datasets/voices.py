"""Sounds of collections: decoded, silence at the ends cut off, written as rows."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from emopoi.errors import InputError, MediaError
from emopoi.preprocess.log_mel import LogMelSpec
from emopoi.vision.sound_reader import read_sound
from training.datasets.collection import Row
from training.datasets.pictures import read_bytes

RATE_HZ = LogMelSpec().sample_rate_hz
_EDGE_DB, _PAD_S = 38.0, 0.06
_LEAST_S = 0.1


def decode(content: bytes) -> np.ndarray:
    """A sound as float32 (N,) mono at 16 kHz, decoded as a device does.

    Raises:
        InputError: it can not be decoded, or is shorter than a tenth of a second.
    """
    try:
        samples = read_sound(content, RATE_HZ)
    except MediaError as error:
        raise InputError(str(error).removeprefix("sound: ")) from error
    if len(samples) < _LEAST_S * RATE_HZ:
        raise InputError(f"a sound of at least {_LEAST_S:g} s was expected, got {len(samples) / RATE_HZ:.3f}")
    return samples


def decode_file(path: Path) -> np.ndarray:
    """As `decode`, from a file."""
    return decode(read_bytes(path))


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Without silence before and after: 38 dB under the loud part, 60 ms are left.

    Args:
        samples: float32 (N,) at 16 kHz.
    """
    hop = RATE_HZ // 100
    count = len(samples) // hop
    if not count:
        return samples
    power = (samples[: count * hop].reshape(count, hop) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > np.quantile(power, 0.95) * 10 ** (-_EDGE_DB / 10))
    if not len(loud):
        return samples
    pad = round(_PAD_S * RATE_HZ)
    return samples[max(0, loud[0] * hop - pad) : (loud[-1] + 1) * hop + pad]


def as_wav(samples: np.ndarray, rate_hz: int = RATE_HZ) -> bytes:
    """float32 (N,) -1..1 as 16-bit mono WAV."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return content.getvalue()


def voice_row(samples: np.ndarray, clip: str, source: str, **facts: str) -> Row:
    """A row of `columns.VOICE`.

    Args:
        samples: float32 (N,) at 16 kHz.
        clip: its name.
        source: the collection.
        facts: label_name, speaker, sentence and, where known, intensity, gender, text and take; English.
    """
    texts = dict.fromkeys(("intensity", "gender", "text"), "") | {"take": "1", "lang": "en"} | facts
    return {
        "clip": clip, "audio": as_wav(samples), "source": source, "seconds": len(samples) / RATE_HZ, **texts
    }  # fmt: skip
