"""From sound to log-mel frames: NumPy alone, the same for training and for the device.

A frame is the natural logarithm of the power in triangular bands on Slaney's mel scale (Auditory Toolbox,
1998), each band of unit area, as librosa computes it: power spectrum of a Hann window, zero-padded to the
length of the transform. Frame t begins at sample t * hop; no frame looks past its own window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

# Slaney's scale: linear below 1000 Hz, logarithmic above.
_HZ_A_MEL = 200.0 / 3.0
_CORNER_HZ = 1000.0
_CORNER_MEL = _CORNER_HZ / _HZ_A_MEL
_LOG_STEP = np.log(6.4) / 27.0
# Frames of one transform: bounds the memory that a long sound takes.
_FRAMES_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class LogMelSpec:
    """What a voice model wants to be fed, from its manifest.

    Attributes:
        sample_rate_hz: of the mono sound.
        window: samples that a frame sees.
        hop: samples from one frame to the next.
        fft: points of the transform, not fewer than `window`.
        bands: number of mel bands.
        low_hz: where the lowest band begins.
        high_hz: where the highest band ends, at most half the sample rate.
        floor: least power of a band; its logarithm is what silence gives.

    Raises:
        InputError: a value is out of range.
    """

    sample_rate_hz: int = 16_000
    window: int = 400
    hop: int = 160
    fft: int = 512
    bands: int = 64
    low_hz: float = 50.0
    high_hz: float = 7_600.0
    floor: float = 1e-10

    def __post_init__(self) -> None:
        if not (0 < self.hop <= self.window <= self.fft and self.bands > 0 and self.floor > 0):
            raise InputError(
                f"log-mel: 0 < hop <= window <= fft, bands and floor above 0 expected, got {self}"
            )
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate_hz / 2:
            raise InputError(f"log-mel: 0 <= low_hz < high_hz <= half the rate were expected, got {self}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LogMelSpec:
        """Read a manifest's `log_mel` object.

        Raises:
            InputError: a field is missing or out of range.
        """
        try:
            return cls(**{field.name: data[field.name] for field in fields(cls)})
        except (KeyError, TypeError) as error:
            names = ", ".join(field.name for field in fields(cls))
            raise InputError(f"log-mel: {names} were expected, got {data}") from error

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` reads."""
        return asdict(self)

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop / self.sample_rate_hz

    def frame_count(self, samples: int) -> int:
        """Whole frames in so many samples."""
        return max(0, 1 + (samples - self.window) // self.hop)


def log_mel(samples: NDArray[np.float32], spec: LogMelSpec | None = None) -> NDArray[np.float32]:
    """Log-mel frames of a whole sound.

    Args:
        samples: float (N,) mono, -1..1, at the rate of `spec`.
        spec: None takes the defaults.

    Returns:
        float32 (T, bands), natural logarithm of power; T is 0 where the sound is shorter than a window.

    Raises:
        InputError: the sound is not one-dimensional or holds numbers that are not finite.
    """
    spec = spec or LogMelSpec()
    sound = _checked(samples)
    count = spec.frame_count(len(sound))
    result = np.empty((count, spec.bands), np.float32)
    for start in range(0, count, _FRAMES_AT_ONCE):
        end = min(start + _FRAMES_AT_ONCE, count)
        piece = sound[start * spec.hop : (end - 1) * spec.hop + spec.window]
        result[start:end] = _frames(piece, spec)
    return result


class LogMelStream:
    """Log-mel frames of sound that comes in pieces; the same numbers as `log_mel` of the whole.

    Args:
        spec: None takes the defaults.
    """

    def __init__(self, spec: LogMelSpec | None = None) -> None:
        self.spec = spec or LogMelSpec()
        self._kept: NDArray[np.float32] = np.zeros(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next piece.

        Args:
            samples: float (N,) mono, any length.

        Returns:
            float32 (T, bands): frames that are whole now.

        Raises:
            InputError: the piece is not one-dimensional or holds numbers that are not finite.
        """
        sound = np.concatenate([self._kept, _checked(samples)])
        frames = log_mel(sound, self.spec)
        self._kept = sound[len(frames) * self.spec.hop :]
        return frames


@lru_cache(maxsize=8)
def mel_filters(spec: LogMelSpec) -> NDArray[np.float32]:
    """Weights of the bands: float32 (fft // 2 + 1, bands), each band of unit area over frequency."""
    corners = _hz(np.linspace(_mel(spec.low_hz), _mel(spec.high_hz), spec.bands + 2))
    bins = np.arange(spec.fft // 2 + 1) * (spec.sample_rate_hz / spec.fft)
    below, centre, above = corners[:-2], corners[1:-1], corners[2:]
    rising = (bins[:, None] - below) / (centre - below)
    falling = (above - bins[:, None]) / (above - centre)
    return (np.clip(np.minimum(rising, falling), 0.0, None) * (2.0 / (above - below))).astype(np.float32)


@lru_cache(maxsize=8)
def _window(length: int) -> NDArray[np.float32]:
    # Periodic, as the field's spectrograms are: the last sample of a symmetric one is left out.
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def _frames(sound: NDArray[np.float32], spec: LogMelSpec) -> NDArray[np.float32]:
    cut = np.lib.stride_tricks.sliding_window_view(sound, spec.window)[:: spec.hop]
    spectrum = np.fft.rfft(cut * _window(spec.window), spec.fft)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return np.log(np.maximum(power @ mel_filters(spec), np.float32(spec.floor)))


def _checked(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    sound = np.asarray(samples, np.float32)
    if sound.ndim != 1:
        raise InputError(f"sound: float (N,) mono was expected, got {samples.dtype} {samples.shape}")
    if not np.isfinite(sound).all():
        raise InputError("sound: finite numbers were expected, got some that are not")
    return sound


def _mel(hz: float) -> float:
    if hz < _CORNER_HZ:
        return hz / _HZ_A_MEL
    return float(_CORNER_MEL + np.log(hz / _CORNER_HZ) / _LOG_STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _CORNER_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _CORNER_MEL) - _CORNER_MEL))
    return np.where(mel < _CORNER_MEL, mel * _HZ_A_MEL, above)
