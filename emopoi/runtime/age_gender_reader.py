"""Reads age and gender off one followed face."""

from __future__ import annotations

from emopoi.errors import InputError
from emopoi.preprocess import face_input
from emopoi.runtime.emotion_reader import visibility
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import sigmoid, softmax
from emopoi.types import Frame, HeadPose, PersonEstimate, TrackedFace


class FrozenAgeGenderReader:
    """The frozen network.

    Args:
        model: task "age_gender" or "multi_head".
    """

    def __init__(self, model: FrozenModel) -> None:
        if model.manifest.input is None:
            raise InputError(f"model {model.manifest.name} reads no faces")
        self._model = model
        self._spec = model.manifest.input
        self._temperature = model.manifest.age_temperature

    def estimate(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> PersonEstimate:
        """Estimate from one frame; `weight` says how well the face was seen."""
        output = self._model.run_face(face_input(frame.image, face.face, self._spec))
        return PersonEstimate(
            age=softmax(output["age"], self._temperature),
            female=sigmoid(output["female"][0]),
            weight=visibility(face, pose),
        )
