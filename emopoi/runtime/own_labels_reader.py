"""Reads the labels of a model that was retrained on one's own pictures, beside the shipped one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emopoi.errors import InputError, ModelFileError
from emopoi.preprocess import face_input
from emopoi.runtime.emotion_reader import EmotionReader, visibility
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.probabilities import softmax
from emopoi.types import EmotionReading, Frame, HeadPose, TrackedFace
from emopoi.types.own_labels import OwnLabels

TASK = "retrained"
OUTPUT = "own_labels"


def load_own_model(folder: str | Path, *, threads: int = 1) -> FrozenModel:
    """Load the folder that a retraining wrote.

    Args:
        folder: has manifest.json and the file that it names.
        threads: used inside one run.

    Raises:
        ModelFileError: no such folder, no manifest, another kind of model, or a changed file.
        MissingPartError: no TFLite runtime is installed.
    """
    manifest = Manifest.read(Path(folder))
    if manifest.task != TASK or manifest.input is None or OUTPUT not in manifest.outputs:
        raise ModelFileError(
            f"{folder}: a model that was retrained was expected, got one for {manifest.task}"
        )
    labels_of(manifest)
    return FrozenModel(manifest, threads=threads)


def labels_of(manifest: Manifest) -> OwnLabels:
    """The labels of a retrained model with their meanings.

    Raises:
        ModelFileError: the manifest does not hold together.
    """
    names = manifest.outputs[OUTPUT].labels
    meanings = manifest.data.get("label_map")
    try:
        if not isinstance(meanings, dict) or len(names) != manifest.outputs[OUTPUT].shape[-1]:
            raise InputError("a label for each output and label_map were expected")
        return OwnLabels.of(names, {name: meanings[name] for name in names})
    except (InputError, KeyError) as error:
        raise ModelFileError(f"{manifest.folder / 'manifest.json'}: {error}") from error


class OwnLabelsReader:
    """Adds what a retrained model says to each reading.

    Where its labels are expressions they take the place of FER-7; where they are states of EmoPOI
    they become `emopoi8` and FER-7 stays that of the shipped network, which valence and arousal
    need. Labels without a meaning stand in `own_labels` alone.

    Args:
        shipped: reads FER-7 and FER+.
        own: from `load_own_model`.
    """

    def __init__(self, shipped: EmotionReader, own: FrozenModel) -> None:
        assert own.manifest.input is not None
        self._shipped = shipped
        self._own = own
        self._spec = own.manifest.input
        self.labels = labels_of(own.manifest)

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> EmotionReading:
        """Read one face in one frame with both."""
        reading = self._shipped.read(frame, face, pose)
        logits = self._own.run_face(face_input(frame.image, face.face, self._spec))[OUTPUT]
        shares = softmax(logits, self._own.manifest.temperature)
        reading = replace(reading, own_labels=shares)
        if self.labels.without_meaning:
            return reading
        confidence = float(shares.max()) * visibility(face, pose)
        if self.labels.are_expressions:
            return replace(reading, fer7=self.labels.fer7(shares), confidence=confidence)
        return replace(reading, emopoi8=self.labels.emopoi8(shares), confidence=confidence)

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        self._shipped.forget(person)
