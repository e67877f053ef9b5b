"""The stage of the main job that names expressions from face points and reads no pixels after them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.coefficient_stage import ENOUGH_PRESENCE
from emopoi.errors import InputError
from emopoi.runtime.emotion_reader import visibility
from emopoi.runtime.expression_memory import ExpressionMemory, NoMemory
from emopoi.types import EmotionReading, Frame, HeadPose, TrackedFace
from emopoi.types.labels import FER7_IN_FERPLUS8, FERPLUS8
from emopoi.vision.mesher import Mesher, is_placed

_PLACES = [FERPLUS8.index(name) for name in FER7_IN_FERPLUS8]


class NamesExpressions(Protocol):
    """Tells FER-7 from points."""

    prior: NDArray[np.float32]

    @property
    def temperature(self) -> float:
        """That logits are divided by."""
        ...

    def logits(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """float32 (7,)."""
        ...


class LandmarkStage:
    """Names expressions from points, frame by frame, and remembers as the network of pictures does.

    Where no face is seen in the points, nothing is said: what is usual, with confidence 0.

    Args:
        mesher: places the points.
        reader: names expressions.
        memory: what is made of the frames of one track; None reads every frame alone.
    """

    def __init__(
        self, mesher: Mesher, reader: NamesExpressions, memory: ExpressionMemory | None = None
    ) -> None:
        self._mesher = mesher
        self._reader = reader
        self._memory = memory or NoMemory(reader.temperature)

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> EmotionReading:
        """Read one face in one frame; see `FrozenEmotionReader.read`."""
        logits = self._logits(frame, face)
        if logits is None:
            fer7, confidence = self._reader.prior, 0.0
        else:
            fer7 = self._memory.recall(face, frame.time_ms, {"fer7": logits})
            confidence = float(fer7.max()) * visibility(face, pose)
        return EmotionReading(
            person=face.id,
            time_ms=frame.time_ms,
            box=face.face.box,
            fer7=fer7,
            ferplus8=as_ferplus(fer7),
            confidence=confidence,
            pose=pose,
        )

    def forget(self, person: int) -> None:
        """Drop what is remembered of a track that ended."""
        self._memory.forget(person)

    def _logits(self, frame: Frame, face: TrackedFace) -> NDArray[np.float32] | None:
        mesh = self._mesher.mesh(frame.image, face.face)
        if mesh is None or mesh.presence < ENOUGH_PRESENCE or not is_placed(mesh.points):
            return None
        try:
            return self._reader.logits(mesh.points)
        except InputError:
            return None


def as_ferplus(fer7: NDArray[np.floating]) -> NDArray[np.float32]:
    """The same shares in FER+'s order, float32 (8,); contempt, which FER-7 does not know, has none."""
    shares = np.zeros(len(FERPLUS8), np.float32)
    shares[_PLACES] = fer7
    return shares
