"""Loads the frozen models and the detector of one run, and tells what was fallen back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emopoi.errors import MissingPartError, ModelFileError
from emopoi.pipeline.point_models import PointModels, load_point_models
from emopoi.pipeline.settings import RecognitionSettings
from emopoi.pipeline.shape_models import ShapeModels, load_shape_models
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.own_labels_reader import load_own_model
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.blazeface_files import EYES, read_blazeface_files
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_detector import FaceDetector
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.haar_detector import HaarDetector
from emopoi.vision.photo_detector import PhotoDetector


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """The frozen models and the detector of one run, and what was fallen back to.

    Attributes:
        photo: loaded for photos, each a picture of its own.
        emotion: frame model, or the network of `points`.
        time: temporal model, None where it is not asked.
        person: age and gender model, None where it is switched off.
        detector: photos are searched wider than the frames of a video.
        notes: one line for each thing that is not as asked.
        own: the user's own model, or None.
        temporal: of `TEMPORAL`, what is remembered of each face: nothing between photos.
        states: heads for boredom and frustration, None where they are not read.
        eyes: networks of lids and mouth, None where exhaustion is not read or `shapes` sees the lids.
        shapes: what reads a head's coefficients, None where they are not read.
        points: what names expressions from points, None where pixels are read.
    """

    photo: bool
    emotion: FrozenModel
    time: FrozenModel | None
    person: FrozenModel | None
    detector: FaceDetector
    notes: tuple[str, ...]
    own: FrozenModel | None = None
    temporal: str = "none"
    states: FrozenModel | None = None
    eyes: tuple[EyeLandmarks, FaceLandmarks | None] | None = None
    shapes: ShapeModels | None = None
    points: PointModels | None = None


def load_models(settings: RecognitionSettings, *, photo: bool = False) -> LoadedModels:
    """Load what the settings name and the kind of source needs.

    Args:
        settings: what was asked for.
        photo: each frame is a picture of its own: wider search, no memory over frames.

    Raises:
        ModelFileError: a frozen model is missing or damaged.
        MissingPartError: no TFLite runtime is installed, or no landmark network where points are read.
        InputError: a bundle or cascade was named that is not there.
    """
    notes: list[str] = []
    temporal = "none" if photo else settings.temporal
    from_points = settings.read_from == "landmarks"
    if from_points and temporal == "lstm":
        # The LSTM reads what the network of pictures sees.
        temporal = "ema"

    def load(name: str) -> FrozenModel:
        return FrozenModel.load(name, settings.variant, threads=settings.threads)

    emotion = load(settings.landmark_model if from_points else settings.emotion_model)
    detector = _detector(settings, photo, notes)
    # Labels of one's own take the place of the states.
    reads_states = settings.states and settings.own_model is None and not from_points
    points = load_point_models(settings, detector, emotion, notes) if from_points else None
    shapes = load_shape_models(load, settings, notes) if settings.coefficients != "none" else None
    eyes = None
    if reads_states and not photo and not (shapes and shapes.sees_lids):
        eyes = _eyes(settings, detector, notes)
    return LoadedModels(
        photo=photo,
        emotion=emotion,
        time=load(settings.time_model) if temporal == "lstm" else None,
        person=load(settings.person_model) if settings.age_gender else None,
        detector=detector,
        states=_states(load, settings, emotion, notes) if reads_states else None,
        # The mouth is seen in the points of every frame already.
        eyes=(eyes[0], None) if eyes and shapes else eyes,
        shapes=shapes,
        points=points,
        notes=tuple(notes),
        own=None
        if settings.own_model is None
        else load_own_model(settings.own_model, threads=settings.threads),
        temporal=temporal,
    )


def model_files(models: LoadedModels) -> dict[str, str]:
    """Variant and hash of every frozen model file, by the model's name: which files they were."""
    asked = [models.emotion, models.person, models.time, models.states]
    if models.shapes:
        asked += [models.shapes.network, models.shapes.emotion]
    return {model.manifest.name: model_file(model) for model in asked if model}


def model_file(model: FrozenModel) -> str:
    """Variant and hash of one model's file."""
    return f"{model.variant} {model.manifest.files[model.variant].sha256[:16]}"


def _states(
    load: Callable[[str], FrozenModel], settings: RecognitionSettings, emotion: FrozenModel, notes: list[str]
) -> FrozenModel | None:
    try:
        model = load(settings.states_model)
        FrozenStatesReader(model, emotion.manifest)
    except ModelFileError as error:
        notes.append(f"boredom and frustration are not read: {error}")
        return None
    return model


def _eyes(
    settings: RecognitionSettings, detector: FaceDetector, notes: list[str]
) -> tuple[EyeLandmarks, FaceLandmarks | None] | None:
    if isinstance(detector, HaarDetector):
        notes.append("exhaustion is not read: the Haar cascade does not tell where the eyes are")
        return None
    files = read_blazeface_files(settings.bundle)
    if files.eyes is None:
        notes.append(f"exhaustion is not read: {EYES[0]} is not in {files.origin}")
        return None
    mesh = FaceLandmarks(files.landmarks, settings.threads) if files.landmarks is not None else None
    return EyeLandmarks(files.eyes, settings.threads), mesh


def _detector(settings: RecognitionSettings, photo: bool, notes: list[str]) -> FaceDetector:
    if settings.detector == "mediapipe":
        blazeface = PhotoDetector if photo else BlazeFaceDetector
        try:
            return blazeface(bundle=settings.bundle, threads=settings.threads)
        except MissingPartError as error:
            notes.append(f"faces are found with OpenCV's Haar cascade instead: {error}")
    return HaarDetector(Path(settings.cascade) if settings.cascade else None)
