"""Decodes the sound of data files: what tensorflow-io has a decoder for with that, the rest as a device does.

tensorflow-io reads WAV, FLAC, MP3 and Vorbis, and brings any rate to ours with a Kaiser-windowed sinc; it
has no Opus, and most labelled voices here are Opus.
"""

from __future__ import annotations

import numpy as np

from emopoi.errors import InputError, MediaError
from emopoi.preprocess.log_mel import LogMelSpec
from emopoi.vision.sound_reader import read_sound

RATE_HZ = LogMelSpec().sample_rate_hz


def decode_sound(content: bytes) -> np.ndarray:
    """Decode a short sound.

    Args:
        content: bytes of an audio file.

    Returns:
        float32 (N,) mono at 16 kHz.

    Raises:
        InputError: it can not be decoded.
    """
    kind = _kind(content)
    if kind is None:
        try:
            return read_sound(content, RATE_HZ)
        except MediaError as error:
            raise InputError(str(error)) from error
    import tensorflow as tf
    import tensorflow_io as tfio

    try:
        if kind == "wav":
            samples, rate = tf.audio.decode_wav(content)
            samples, rate_hz = samples.numpy(), int(rate)
        else:
            samples = getattr(tfio.audio, f"decode_{kind}")(content).numpy()
            rate_hz = _rate_hz(content)
    except tf.errors.OpError as error:
        # Wider than 16 bits, or a header that it does not know: the device's decoder has them all.
        try:
            return read_sound(content, RATE_HZ)
        except MediaError:
            raise InputError(f"{kind}: can not be decoded ({str(error).splitlines()[0]})") from error
    if samples.dtype.kind == "i":
        samples = samples / float(np.iinfo(samples.dtype).max)
    return resampled(samples.mean(axis=1).astype(np.float32), rate_hz, RATE_HZ)


def resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Bring a sound to another rate with tensorflow-io: float32 (N,) to float32 (M,)."""
    if from_hz == to_hz or not len(samples):
        return samples
    import tensorflow_io as tfio

    return tfio.audio.resample(samples[:, None], from_hz, to_hz).numpy()[:, 0]


def at_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Play faster (above 1) or slower, pitch and throat going along: another speaker, more or less.

    Args:
        samples: float32 (N,).
        speed: near 1.
    """
    # Whole rates with a small common measure keep the filter of the resampler short.
    return resampled(samples, round(100 * speed) * 160, RATE_HZ)


def _kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[:4] == b"fLaC":
        return "flac"
    if content[:4] == b"OggS" and b"\x01vorbis" in content[:64]:
        return "vorbis"
    return None


def _rate_hz(content: bytes) -> int:
    if content[:4] == b"fLaC":
        return int.from_bytes(content[18:21], "big") >> 4
    place = content.index(b"\x01vorbis")
    return int.from_bytes(content[place + 12 : place + 16], "little")
