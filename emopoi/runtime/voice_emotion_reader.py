"""Hears the emotion of a voice: windows of log-mel frames to readings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.preprocess.log_mel import LogMelSpec, log_mel
from emopoi.preprocess.voice_level import (
    FLOOR,
    LN_A_DB,
    LOUD_DB,
    frame_power,
    is_silent,
    remove_level,
    voice_level,
)
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types.voice import VoiceReading
from emopoi.types.voice_labels import VOICE8

TASK = "voice_emotion"
NAME = "voice_emotion"
"""Of the shipped model."""
FEWEST_FRAMES = 20
"""Of a reading: what is shorter than a fifth of a second tells nothing."""
_HOP_FRAMES = 50


class VoiceEmotionReader:
    """The frozen encoder and classifier.

    Args:
        model: task "voice_emotion".

    Attributes:
        spec: of the log-mel frames that it reads.
        window: frames that it hears at once.

    Raises:
        ModelFileError: another kind of model.
    """

    def __init__(self, model: FrozenModel) -> None:
        manifest = model.manifest
        if manifest.task != TASK or not {"mel", "there"} <= set(manifest.inputs):
            raise ModelFileError(f"model {manifest.name} is for {manifest.task}, not for {TASK}")
        if manifest.outputs["voice8"].labels != VOICE8:
            raise ModelFileError(f"model {manifest.name}: labels {', '.join(VOICE8)} were expected")
        try:
            self.spec = LogMelSpec.from_dict(manifest.data["log_mel"])
        except (KeyError, InputError) as error:
            raise ModelFileError(f"model {manifest.name}: no log_mel in its manifest ({error})") from error
        self._model = model
        self.window = manifest.inputs["mel"].shape[1]

    def logits(self, frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the network says of one stretch.

        Args:
            frames: float32 (T, bands) from `log_mel`, with their level; T from 1 to `window`.

        Returns:
            Logits float32 (8,) and code float32 (64,).
        """
        mel = np.full((self.window, frames.shape[1]), FLOOR, np.float32)
        mel[: len(frames)] = remove_level(frames, voice_level(frame_power(frames)))
        there = (np.arange(self.window) < len(frames)).astype(np.float32)
        told = self._model.run(mel=mel[None], there=there[None])
        return told["voice8"][0], told["code"][0]

    def read(self, frames: NDArray[np.float32], time_ms: float) -> VoiceReading | None:
        """Read one stretch.

        Args:
            frames: float32 (T, bands) from `log_mel`; of more than `window` the last count.
            time_ms: when the stretch ends.

        Returns:
            None where it is silent or too short.
        """
        frames = frames[-self.window :]
        if len(frames) < FEWEST_FRAMES:
            return None
        power = frame_power(frames)
        if is_silent(power):
            return None
        logits, code = self.logits(frames)
        shares = softmax(logits, self._model.manifest.temperature)
        voiced = float((power > voice_level(power) - LOUD_DB * LN_A_DB).mean())
        confidence = float(shares.max()) * min(1.0, 2.0 * voiced)
        return VoiceReading(time_ms, len(frames) * self.spec.frame_s, shares, code, confidence)

    def read_clip(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Logits of a whole clip: the mean over windows that overlap by half.

        Args:
            samples: float (N,) mono at the rate of `spec`.

        Returns:
            float32 (8,), None where the clip is silent or too short.
        """
        frames = log_mel(samples, self.spec)
        if len(frames) < FEWEST_FRAMES or is_silent(frame_power(frames)):
            return None
        last = max(0, len(frames) - self.window)
        starts = sorted({*range(0, last + 1, self.window // 2), last})
        windows = [frames[start : start + self.window] for start in starts]
        heard = [self.logits(window)[0] for window in windows if not is_silent(frame_power(window))]
        return np.mean(heard, axis=0, dtype=np.float32)


class VoiceListener:
    """Reads a voice as it comes, twice a second, over the last 3.2 s. Keeps no more than those.

    Args:
        reader: the network.
    """

    def __init__(self, reader: VoiceEmotionReader) -> None:
        self._reader = reader
        self._kept: NDArray[np.float32] = np.zeros((0, reader.spec.bands), np.float32)
        self._heard = self._told = 0

    def add(self, frames: NDArray[np.float32]) -> list[VoiceReading]:
        """Take the next frames, float32 (T, bands) from `log_mel`; give what could be read by now."""
        readings = []
        while len(frames):
            # Readings come at the same frames however the sound is cut.
            lacking = _HOP_FRAMES - (self._heard - self._told)
            piece, frames = frames[:lacking], frames[lacking:]
            self._kept = np.concatenate([self._kept, piece])[-self._reader.window :]
            self._heard += len(piece)
            if len(piece) == lacking:
                readings += self._read()
        return readings

    def finish(self) -> list[VoiceReading]:
        """Read what came since the last reading."""
        return self._read() if self._heard - self._told >= FEWEST_FRAMES else []

    def _read(self) -> list[VoiceReading]:
        fresh = self._kept[-(self._heard - self._told) :]
        self._told = self._heard
        # A pause is no reading, though the window still holds what was said before it.
        if is_silent(frame_power(fresh)):
            return []
        reading = self._reader.read(self._kept, 1000.0 * self._heard * self._reader.spec.frame_s)
        return [] if reading is None else [reading]
