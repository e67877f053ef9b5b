"""Listens to a whole file: how the voice sounded, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.preprocess.log_mel import LogMelStream
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader, VoiceListener
from emopoi.types.voice import VoiceReading
from emopoi.vision.sound_reader import SoundReader
from emopoi.voice.voice_profile import VoiceProfile

Watch = Callable[[Iterable[NDArray[np.float32]], "int | None", str], Iterator[NDArray[np.float32]]]
"""Passes pieces of sound through and tells somebody how far it is, as `emopoi.progress.progress` does."""


@dataclass(slots=True)
class HeardVoice:
    """What was heard.

    Attributes:
        readings: twice a second; none where the sound is silent or too short.
        profile: of them.
        duration_s: of the sound.
        notes: what the user should know, one line each.
        stopped: Ctrl-C ended the reading; what was heard until then is kept.
    """

    readings: list[VoiceReading] = field(default_factory=list)
    profile: VoiceProfile = field(default_factory=VoiceProfile)
    duration_s: float = 0.0
    notes: list[str] = field(default_factory=list)
    stopped: bool = False


def hear(
    source: Path, reader: VoiceEmotionReader, *, seconds: float | None = None, watch: Watch
) -> HeardVoice:
    """Read the sound of a file once.

    Memory does not grow with the sound but for about 1 kB a reading: 127 MB at the end of three hours.

    Args:
        source: audio or video file.
        reader: the network.
        seconds: stop there; None reads to the end.
        watch: told how far it is.

    Raises:
        MediaError: no sound can be read.
    """
    heard = HeardVoice()
    listener, mel = VoiceListener(reader), LogMelStream(reader.spec)
    rate_hz = reader.spec.sample_rate_hz
    with SoundReader(source, rate_hz) as sound:
        samples = 0
        try:
            for piece in watch(until(sound, seconds, rate_hz), None, f"listening to {source.name}"):
                samples += len(piece)
                _count(heard, listener.add(mel.add(piece)))
        except KeyboardInterrupt:
            heard.stopped = True
            heard.notes.append("stopped by you; what was heard is kept")
        _count(heard, listener.finish())
        heard.duration_s = samples / rate_hz
        heard.notes.extend(sound.warnings)
    if not heard.readings:
        why = "too short to be heard" if heard.duration_s < 0.25 else "silent throughout"
        heard.notes.append(f"no voice: the sound is {why}")
    return heard


def until(
    sound: Iterable[NDArray[np.float32]], seconds: float | None, rate_hz: int
) -> Iterator[NDArray[np.float32]]:
    """Pieces of a sound up to a time."""
    left = None if seconds is None else round(seconds * rate_hz)
    for piece in sound:
        if left is None:
            yield piece
            continue
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _count(heard: HeardVoice, readings: list[VoiceReading]) -> None:
    for reading in readings:
        heard.readings.append(reading)
        heard.profile.add(reading)
