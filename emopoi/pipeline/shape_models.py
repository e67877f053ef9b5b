"""What reads a head's coefficients off faces: its models, and the stage that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emopoi.coefficient_stage import CoefficientStage
from emopoi.errors import MissingPartError, ModelFileError
from emopoi.head.face_track_solver import FaceTrackSolver, StillSolver
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.track_solver import TrackSolver
from emopoi.pipeline.settings import RecognitionSettings
from emopoi.runtime.coefficient_emotion_reader import CoefficientEmotionReader
from emopoi.runtime.face_coefficients_reader import FaceCoefficientsReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.vision.blazeface_files import EYES, LANDMARKS, read_blazeface_files
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.mesher import Mesher
from emopoi.vision.refined_landmarks import RefinedLandmarks


@dataclass(frozen=True, slots=True)
class ShapeModels:
    """What reads a head's coefficients.

    Attributes:
        head: the head.
        mesher: places the points.
        network: reads coefficients; None where they are solved.
        emotion: names expressions from coefficients, or None.
        sees_lids: the mesher looks at eyelids in every frame.
    """

    head: HeadModel
    mesher: Mesher
    network: FrozenModel | None
    emotion: FrozenModel | None
    sees_lids: bool


def load_shape_models(
    load: Callable[[str], FrozenModel], settings: RecognitionSettings, notes: list[str]
) -> ShapeModels | None:
    """What reads coefficients; None, with a note, where the landmark network is not at hand."""
    head = load_head(settings.head)
    network = load(settings.coefficient_model) if settings.coefficients == "network" else None
    if network:
        FaceCoefficientsReader(head, network)
    else:
        LandmarkSolver(head)
    try:
        files = read_blazeface_files(settings.bundle)
    except MissingPartError as error:
        notes.append(f"coefficients of a head are not read: {error}")
        return None
    if files.landmarks is None:
        notes.append(f"coefficients of a head are not read: {LANDMARKS[0]} is not in {files.origin}")
        return None
    mesher: Mesher = FaceLandmarks(files.landmarks, settings.threads)
    # What the network saves would go into the lids twice over.
    sees_lids = network is None and files.eyes is not None
    if network is None and files.eyes is not None:
        mesher = RefinedLandmarks(mesher, EyeLandmarks(files.eyes, settings.threads))
    if network is None and files.eyes is None:
        notes.append(f"heads hardly close their eyes: {EYES[0]} is not in {files.origin}")
    return ShapeModels(head, mesher, network, _coefficient_emotion(load, settings, head, notes), sees_lids)


def shape_stage(shapes: ShapeModels, photo: bool) -> CoefficientStage:
    """The stage that reads coefficients with these models.

    Args:
        shapes: what was loaded.
        photo: each frame is a picture of its own, solved by itself.
    """
    emotion = CoefficientEmotionReader(shapes.head, shapes.emotion) if shapes.emotion else None
    new_track: Callable[[], FaceTrackSolver]
    if shapes.network:
        new_track = FaceCoefficientsReader(shapes.head, shapes.network).track
    else:
        solver = LandmarkSolver(shapes.head)
        new_track = (lambda: StillSolver(solver)) if photo else (lambda: TrackSolver(solver))
    return CoefficientStage(shapes.mesher, new_track, emotion)


def _coefficient_emotion(
    load: Callable[[str], FrozenModel], settings: RecognitionSettings, head: HeadModel, notes: list[str]
) -> FrozenModel | None:
    try:
        model = load(settings.coefficient_emotion_model)
        CoefficientEmotionReader(head, model)
    except ModelFileError as error:
        notes.append(f"expressions are not named from coefficients: {error}")
        return None
    return model
