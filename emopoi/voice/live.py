"""A voice as it comes: readings and faces as soon as they can be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from emopoi.preprocess.log_mel import LogMelStream
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader, VoiceListener
from emopoi.runtime.voice_face_reader import FaceStream, SpeakingFaces, VoiceFaceReader
from emopoi.types.voice import VoiceReading
from emopoi.voice.control import VoiceControl


def live(
    pieces: Iterable[NDArray[np.float32]],
    reader: VoiceEmotionReader,
    face: VoiceFaceReader | None,
    control: VoiceControl,
) -> Iterator[tuple[list[VoiceReading], SpeakingFaces | None]]:
    """What can be told after each piece of sound.

    Args:
        pieces: float32 (N,) mono at the readers' rate.
        reader: hears the emotion.
        face: moves the face; None where there is no network for it.
        control: what the face shows.

    Yields:
        Readings and faces that are new; both may be none, and faces None without a network.
    """
    listener, mel = VoiceListener(reader), LogMelStream(reader.spec)
    stream = FaceStream(face) if face is not None else None
    latest: VoiceReading | None = None
    for piece in pieces:
        frames = mel.add(piece)
        readings = listener.add(frames)
        latest = readings[-1] if readings else latest
        if face is None or stream is None:
            yield readings, None
        else:
            yield readings, stream.add(frames, *control.shown(face, latest))
