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
        if kind == "vorbis":
            samples = tfio.audio.decode_vorbis(content).numpy()
        else:
            # No other widths here: what is read wrongly would be noise.
            samples = getattr(tfio.audio, f"decode_{kind}")(content, dtype=tf.int16).numpy()
        rate_hz = _rate_hz(content, kind)
    except (tf.errors.OpError, ValueError) as error:
        raise InputError(f"{kind}: can not be decoded ({str(error).splitlines()[0][:100]})") from error
    if samples.dtype.kind == "i":
        samples = samples / float(np.iinfo(samples.dtype).max)
    return resampled(samples.mean(axis=1).astype(np.float32), rate_hz, RATE_HZ)


def resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Bring a sound to another rate with tensorflow-io: float32 (N,) to float32 (M,)."""
    if from_hz == to_hz or not len(samples):
        return samples
    import tensorflow_io as tfio

    return tfio.audio.resample(samples[:, None], from_hz, to_hz).numpy()[:, 0]


def _kind(content: bytes) -> str | None:
    """What tensorflow-io shall decode: 16-bit WAV or FLAC, or Vorbis."""
    if content[:4] == b"RIFF" and content[8:16] == b"WAVEfmt ":
        plain = int.from_bytes(content[20:22], "little") == 1
        return "wav" if plain and int.from_bytes(content[34:36], "little") == 16 else None
    if content[:4] == b"fLaC":
        return "flac" if (int.from_bytes(content[20:22], "big") >> 4) & 31 == 15 else None
    if content[:4] == b"OggS" and b"\x01vorbis" in content[:64]:
        return "vorbis"
    return None


def _rate_hz(content: bytes, kind: str) -> int:
    if kind == "wav":
        return int.from_bytes(content[24:28], "little")
    if kind == "flac":
        return int.from_bytes(content[18:21], "big") >> 4
    place = content.index(b"\x01vorbis")
    return int.from_bytes(content[place + 12 : place + 16], "little")
