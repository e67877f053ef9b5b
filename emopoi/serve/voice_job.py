"""What a job on a voice does: how it sounds, and a head that speaks with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.report import write_text_atomically
from emopoi.runtime import voice_emotion_reader, voice_face_reader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.runtime.voice_face_reader import VoiceFaceReader
from emopoi.serve.face_job import NOTES
from emopoi.serve.job_kinds import JobInput
from emopoi.voice.control import VoiceControl
from emopoi.voice.hearing import Watch, hear
from emopoi.voice.speaking_face import TimedFaces
from emopoi.voice.voice_outputs import VoiceOutputs, WatchFaces

_HEARING_SHARE = 0.3
_FPS = 30.0


def run(job: JobInput) -> None:
    """Leave the files of `emopoi voice --out` in the results, but for voice.json, which lists them.

    Raises:
        EmopoiError: there is no sound that can be read, nobody speaks, or a model is missing.
    """
    job.tell(0.0, "loading models")
    heard = hear(
        job.source,
        VoiceEmotionReader(FrozenModel.load(voice_emotion_reader.NAME)),
        seconds=job.max_seconds,
        watch=_listening(job),
    )
    profile = heard.profile.build(job.name)
    if not profile.people:
        raise InputError("no voice was heard")
    outputs = VoiceOutputs(job.results)
    outputs.write_heard(heard, profile)
    notes = list(heard.notes)
    if job.options.get("heads", True):
        try:
            face = VoiceFaceReader(FrozenModel.load(voice_face_reader.NAME))
        except ModelFileError as error:
            notes.append(f"no face: {error}")
        else:
            outputs.write_face(
                job.source, heard, face, load_head(None), VoiceControl(), fps=_FPS, video=True,
                watch=_drawing(job, heard.duration_s),
            )  # fmt: skip
    notes += outputs.notes
    notes += [f"not written: {failure}" for failure in outputs.failures]
    write_text_atomically(job.results / NOTES, "".join(f"{note}\n" for note in notes))


def _listening(job: JobInput) -> Watch:
    """Tell that it listens; how long a sound is, is known at its end only."""

    def watch(
        pieces: Iterable[NDArray[np.float32]], total: int | None, what: str, /
    ) -> Iterator[NDArray[np.float32]]:
        job.tell(0.0, "listening")
        yield from pieces

    return watch


def _drawing(job: JobInput, duration_s: float) -> WatchFaces:
    """Tell how much of the sound has a face."""

    def watch(faces: Iterable[TimedFaces], total: int | None, what: str, /) -> Iterator[TimedFaces]:
        job.tell(_HEARING_SHARE, "drawing a head")
        for some in faces:
            yield some
            part = min(float(some.times_s[-1]) / duration_s, 1.0)
            job.tell(_HEARING_SHARE + (1 - _HEARING_SHARE) * part, "drawing a head")

    return watch
