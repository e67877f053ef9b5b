"""A file's sound once more, for the face: coefficients at a steady rate, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.preprocess.log_mel import LogMelStream
from emopoi.runtime.voice_face_reader import FaceStream, SpeakingFaces, VoiceFaceReader
from emopoi.types.voice import VoiceReading
from emopoi.vision.sound_reader import SoundReader
from emopoi.voice.control import VoiceControl
from emopoi.voice.hearing import until

_PIECE_FRAMES = 50


@dataclass(frozen=True, slots=True, eq=False)
class TimedFaces:
    """Faces at a steady rate.

    Attributes:
        times_s: float64 (T,), multiples of one over the rate.
        arkit: float32 (T, 51).
        facegood: float32 (T, 116).
    """

    times_s: NDArray[np.float64]
    arkit: NDArray[np.float32]
    facegood: NDArray[np.float32]


def speaking_faces(
    source: Path,
    reader: VoiceFaceReader,
    readings: Sequence[VoiceReading],
    control: VoiceControl,
    *,
    fps: float = 30.0,
    seconds: float | None = None,
) -> Iterator[TimedFaces]:
    """Faces of a file, in order, from time 0 to the end of the sound.

    Args:
        source: audio or video file.
        reader: the network.
        readings: what was heard; each counts for the middle of the stretch that it was heard in.
        control: what the face shows.
        fps: faces a second.
        seconds: stop there; None reads to the end.

    Raises:
        MediaError: no sound can be read.
    """
    steady = _Steady(fps)
    stream, mel = FaceStream(reader), LogMelStream(reader.spec)
    place = _Following(readings)
    rate_hz, samples, frames_read = reader.spec.sample_rate_hz, 0, 0
    with SoundReader(source, rate_hz) as sound:
        for piece in until(sound, seconds, rate_hz):
            samples += len(piece)
            frames = mel.add(piece)
            for start in range(0, len(frames), _PIECE_FRAMES):
                part = frames[start : start + _PIECE_FRAMES]
                code, intensity = control.shown(reader, place.at(1000.0 * frames_read * reader.spec.frame_s))
                frames_read += len(part)
                ready = steady.add(stream.add(part, code, intensity))
                if len(ready.times_s):
                    yield ready
    code, intensity = control.shown(reader, place.at(1000.0 * frames_read * reader.spec.frame_s))
    last = steady.add(stream.finish(code, intensity), end_s=samples / rate_hz)
    if len(last.times_s):
        yield last


class _Following:
    """The reading that belongs to a moment; moments come in order."""

    def __init__(self, readings: Sequence[VoiceReading]) -> None:
        self._readings, self._place = readings, 0
        self._middles = [one.time_ms - 500.0 * one.window_s for one in readings]

    def at(self, time_ms: float) -> VoiceReading | None:
        if not self._readings:
            return None
        while self._place + 1 < len(self._readings) and self._middles[self._place + 1] <= time_ms:
            self._place += 1
        return self._readings[self._place]


class _Steady:
    """From the network's fifty sets a second to any rate."""

    def __init__(self, fps: float) -> None:
        self._fps, self._next = fps, 0
        self._kept: SpeakingFaces | None = None

    def add(self, faces: SpeakingFaces, end_s: float | None = None) -> TimedFaces:
        """Faces up to the latest that is known, or to the end, where the last one stays."""
        if self._kept is not None:
            faces = self._kept.then(faces)
        if not len(faces.times_s):
            return TimedFaces(np.zeros(0), faces.arkit, faces.facegood)
        reach = faces.times_s[-1] if end_s is None else end_s
        stop = max(self._next, int(np.ceil(reach * self._fps - 1e-9)))
        times = np.arange(self._next, stop) / self._fps
        self._next = stop
        self._kept = SpeakingFaces(faces.times_s[-1:], faces.facegood[-1:], faces.arkit[-1:])
        return TimedFaces(times, faces.at(times, "arkit"), faces.at(times, "facegood"))
