"""Reads the expression of followed faces: frame network, then whatever remembers the frames before."""

from __future__ import annotations

from typing import Protocol

from emopoi.errors import InputError
from emopoi.preprocess import face_input
from emopoi.runtime.expression_memory import ExpressionMemory, NoMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.runtime.states_reader import StatesReader
from emopoi.types import EmotionReading, Frame, HeadPose, TrackedFace


class EmotionReader(Protocol):
    """Whatever names the expression of a face."""

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> EmotionReading:
        """Read one face in one frame."""
        ...

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        ...


class FrozenEmotionReader:
    """The frozen frame network and a memory of each track.

    Args:
        frame_model: task "emotion": pixels to logits and embedding.
        memory: what is made of the frames of one track; None reads every frame alone.
        states: tells boredom and frustration from the frame model's outputs, or None.

    Raises:
        InputError: the frame model reads no faces or does not say what the memory reads.
    """

    def __init__(
        self,
        frame_model: FrozenModel,
        memory: ExpressionMemory | None = None,
        states: StatesReader | None = None,
    ) -> None:
        manifest = frame_model.manifest
        if manifest.input is None:
            raise InputError(f"model {manifest.name} reads no faces")
        self._memory = memory or NoMemory(manifest.temperature)
        missing = [name for name in self._memory.reads if name not in manifest.outputs]
        if missing:
            raise InputError(
                f"model {manifest.name} gives no {missing[0]} for {type(self._memory).__name__} "
                f"(it gives: {', '.join(manifest.outputs)})"
            )
        self._frame = frame_model
        self._states = states
        self._spec = manifest.input

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> EmotionReading:
        """Read one face in one frame.

        Args:
            frame: the picture.
            face: followed; a track that starts gets a fresh state.
            pose: head pose if known: a turned face is trusted less.
        """
        output = self._frame.run_face(face_input(frame.image, face.face, self._spec))
        fer7 = self._memory.recall(face, frame.time_ms, output)
        states = self._states.read(output) if self._states else {}
        return EmotionReading(
            person=face.id,
            time_ms=frame.time_ms,
            box=face.face.box,
            fer7=fer7,
            ferplus8=softmax(output["ferplus8"]),
            confidence=float(fer7.max()) * visibility(face, pose),
            pose=pose,
            boredom=states.get("boredom"),
            frustration=states.get("frustration"),
        )

    def forget(self, person: int) -> None:
        """Drop what is remembered of a track that ended."""
        self._memory.forget(person)


# Below this many pixels between forehead and chin the FER2013 pictures (48 px) held more
# detail than the video does; at half of it little is left to read.
_FULL_DETAIL_PX, _NO_DETAIL_PX = 48.0, 16.0
_FRONTAL_DEG, _PROFILE_DEG = 35.0, 75.0
# The detector looks about every 100 ms; a place carried over for much longer is a guess.
_STILL_SURE_MS, _GONE_MS = 150.0, 500.0


def visibility(face: TrackedFace, pose: HeadPose | None) -> float:
    """How well a face can be read at all, 0..1: its size, how far it is turned, whether it was seen.

    Args:
        face: followed face.
        pose: head pose if known.
    """
    side = min(face.face.width_px, face.face.height_px)
    seen = _ramp(side, _NO_DETAIL_PX, _FULL_DETAIL_PX)
    if pose is not None:
        seen *= 1.0 - 0.8 * _ramp(max(abs(pose.yaw_deg), abs(pose.pitch_deg)), _FRONTAL_DEG, _PROFILE_DEG)
    return seen * (1.0 - 0.8 * _ramp(face.unseen_ms, _STILL_SURE_MS, _GONE_MS))


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
