"""Moves a face by a voice as it comes: log-mel frames in, coefficients out, 50 sets a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.preprocess.log_mel import LogMelSpec
from emopoi.preprocess.voice_level import FLOOR, LevelTracker, levelled_as_heard
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types.voice_labels import VOICE8

TASK = "voice_face"
NAME = "voice_face"
"""Of the shipped model."""
HIGHEST_INTENSITY = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class SpeakingFaces:
    """Faces of a stretch of sound.

    Attributes:
        times_s: float64 (S,) from the start of the sound, 20 ms apart.
        facegood: float32 (S, 116), 0..1, FACEGOOD's names.
        arkit: float32 (S, 51), 0..1, in the order of `ARKIT_NAMES`.
    """

    times_s: NDArray[np.float64]
    facegood: NDArray[np.float32]
    arkit: NDArray[np.float32]

    def at(self, times_s: NDArray[np.floating], kind: str = "arkit") -> NDArray[np.float32]:
        """Coefficients at other times, between two sets along a line: float32 (T, C)."""
        values = getattr(self, kind)
        columns = [np.interp(times_s, self.times_s, column) for column in values.T]
        return np.stack(columns, axis=1).astype(np.float32)

    def then(self, later: SpeakingFaces) -> SpeakingFaces:
        """These faces and those of the sound that follows."""
        return SpeakingFaces(
            np.concatenate([self.times_s, later.times_s]),
            np.concatenate([self.facegood, later.facegood]),
            np.concatenate([self.arkit, later.arkit]),
        )


class VoiceFaceReader:
    """The frozen content encoder and synthesizer.

    Args:
        model: task "voice_face".

    Attributes:
        spec: of the log-mel frames that it reads.
        facegood_names: of the coefficients of that kind.
        latency_s: from a sound to the face that shows it, in a stream.

    Raises:
        ModelFileError: another kind of model.
    """

    def __init__(self, model: FrozenModel) -> None:
        manifest = model.manifest
        if manifest.task != TASK or not {"mel", "past", "code", "intensity"} <= set(manifest.inputs):
            raise ModelFileError(f"model {manifest.name} is for {manifest.task}, not for {TASK}")
        if manifest.outputs["arkit"].labels != ARKIT_NAMES:
            raise ModelFileError(f"model {manifest.name}: ARKit's names were expected")
        try:
            self.spec = LogMelSpec.from_dict(manifest.data["log_mel"])
            self._codes = {
                str(name): np.array(code, np.float32) for name, code in manifest.data["emotion_codes"].items()
            }
            self._late_s = float(manifest.data["look_ahead_s"])
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            raise ModelFileError(f"model {manifest.name}: its manifest lacks {error}") from error
        self.facegood_names = manifest.outputs["facegood"].labels
        self._model = model
        self.chunk = manifest.inputs["mel"].shape[1]
        self.past = manifest.inputs["past"].shape[1]
        self.latency_s = self._late_s + (self.chunk - 1) * self.spec.frame_s
        self.latency_s += self.spec.window / self.spec.sample_rate_hz

    def code_of(self, emotion: str) -> NDArray[np.float32]:
        """The code of a named emotion, as of a voice that is surely in it.

        Raises:
            InputError: no such emotion; the message lists the known ones.
        """
        if emotion not in self._codes:
            known = ", ".join(label for label in VOICE8 if label in self._codes)
            raise InputError(f"emotion {emotion!r} is unknown (known: {known})")
        return self._codes[emotion]

    def run(
        self, mel: NDArray[np.float32], past: NDArray[np.float32], code: NDArray[np.float32], intensity: float
    ) -> dict[str, NDArray[np.float32]]:
        """One call of the network; see `FaceStream` for a whole sound."""
        given = {"mel": mel[None], "past": past[None], "code": code[None].astype(np.float32)}
        told = self._model.run(**given, intensity=np.array([[intensity]], np.float32))
        return {name: value[0] for name, value in told.items()}

    def times_s(self, first: int, count: int) -> NDArray[np.float64]:
        """When the faces are that a call from frame `first` on tells."""
        stride = self.chunk // count
        newest = first + stride - 1 + stride * np.arange(count)
        return newest * self.spec.frame_s + self.spec.window / 2 / self.spec.sample_rate_hz - self._late_s


class FaceStream:
    """One sound's face. Keeps the last second of frames and what fills no call yet.

    Args:
        reader: the network.
    """

    def __init__(self, reader: VoiceFaceReader) -> None:
        self._reader = reader
        self._tracker = LevelTracker()
        self._past: NDArray[np.float32] = np.full((reader.past, reader.spec.bands), FLOOR, np.float32)
        self._waiting: NDArray[np.float32] = np.zeros((0, reader.spec.bands), np.float32)
        self._frames = 0

    def add(self, frames: NDArray[np.float32], code: NDArray[np.float32], intensity: float) -> SpeakingFaces:
        """Take the next frames.

        Args:
            frames: float32 (T, bands) from `log_mel`.
            code: float32 (64,), from `VoiceReading.code` or `VoiceFaceReader.code_of`.
            intensity: how strongly the emotion shows, 0 (not at all) to 2.

        Returns:
            Faces that can be told by now; none where the frames fill no call.

        Raises:
            InputError: the intensity is out of range.
        """
        if not 0.0 <= intensity <= HIGHEST_INTENSITY:
            raise InputError(f"intensity: 0 to {HIGHEST_INTENSITY:g} was expected, got {intensity}")
        self._waiting = np.concatenate([self._waiting, levelled_as_heard(frames, self._tracker)])
        return self._run(code, intensity)

    def finish(self, code: NDArray[np.float32], intensity: float) -> SpeakingFaces:
        """Faces of the rest: silence follows, as long as the face is told late."""
        late = round(self._reader.latency_s / self._reader.spec.frame_s) + self._reader.chunk
        silence = np.full((late, self._reader.spec.bands), FLOOR, np.float32)
        self._waiting = np.concatenate([self._waiting, silence])
        return self._run(code, intensity)

    def _run(self, code: NDArray[np.float32], intensity: float) -> SpeakingFaces:
        reader, chunk = self._reader, self._reader.chunk
        times, parts = [], []
        while len(self._waiting) >= chunk:
            told = reader.run(self._waiting[:chunk], self._past, code, intensity)
            self._waiting, self._past = self._waiting[chunk:], told["next_past"]
            times.append(reader.times_s(self._frames, len(told["arkit"])))
            parts.append(told)
            self._frames += chunk
        if not parts:
            return SpeakingFaces(
                np.zeros(0),
                *(np.zeros((0, len(n)), np.float32) for n in (reader.facegood_names, ARKIT_NAMES)),
            )
        facegood, arkit = (np.concatenate([part[kind] for part in parts]) for kind in ("facegood", "arkit"))
        return SpeakingFaces(np.concatenate(times), facegood, arkit)
