"""Reads the expression of followed faces: frame network, then LSTM with state per track."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.preprocess import face_input
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
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
    """The frozen networks.

    Args:
        frame_model: task "emotion": pixels to logits and embedding.
        time_model: task "emotion_time", step form; None reads every frame alone.

    Raises:
        InputError: the models do not fit.
    """

    def __init__(self, frame_model: FrozenModel, time_model: FrozenModel | None = None) -> None:
        if frame_model.manifest.input is None:
            raise InputError(f"model {frame_model.manifest.name} reads no faces")
        if time_model is not None and "embedding" not in frame_model.manifest.outputs:
            raise InputError(
                f"model {frame_model.manifest.name} gives no embedding for {time_model.manifest.name}"
            )
        self._frame = frame_model
        self._time = time_model
        self._spec = frame_model.manifest.input
        self._states: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> EmotionReading:
        """Read one face in one frame.

        Args:
            frame: the picture.
            face: followed; a track that starts gets a fresh state.
            pose: head pose if known: a turned face is trusted less.
        """
        output = self._frame.run_face(face_input(frame.image, face.face, self._spec))
        if self._time is None:
            fer7 = softmax(output["fer7"], self._frame.manifest.temperature)
        else:
            fer7 = softmax(self._over_time(face, output), self._time.manifest.temperature)
        return EmotionReading(
            person=face.id,
            time_ms=frame.time_ms,
            box=face.face.box,
            fer7=fer7,
            ferplus8=softmax(output["ferplus8"]),
            confidence=float(fer7.max()) * visibility(face, pose),
            pose=pose,
        )

    def forget(self, person: int) -> None:
        """Drop the LSTM state of a track that ended."""
        self._states.pop(person, None)

    def _over_time(self, face: TrackedFace, output: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        assert self._time is not None
        state = None if face.started else self._states.get(face.id)
        if state is None:
            zeros = np.zeros(self._time.manifest.inputs["h"].shape, np.float32)
            state = (zeros, zeros)
        result = self._time.run(
            embedding=output["embedding"][None], frame_logits=output["fer7"][None], h=state[0], c=state[1]
        )
        self._states[face.id] = (result["next_h"], result["next_c"])
        return result["fer7"][0]


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
