"""What names expressions from face points alone: its models, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from emopoi.errors import MissingPartError
from emopoi.pipeline.settings import RecognitionSettings
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from emopoi.vision.blazeface_files import EYES, LANDMARKS, read_blazeface_files
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_detector import FaceDetector
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.haar_detector import HaarDetector
from emopoi.vision.mesher import Mesher
from emopoi.vision.refined_landmarks import RefinedLandmarks


@dataclass(frozen=True, slots=True)
class PointModels:
    """What names expressions from face points.

    Attributes:
        mesher: places the points.
        reader: names expressions.
    """

    mesher: Mesher
    reader: LandmarkEmotionReader


def load_point_models(
    settings: RecognitionSettings, detector: FaceDetector, network: FrozenModel, notes: list[str]
) -> PointModels:
    """What reads points; an error where the landmark network is not at hand, since nothing else was asked."""
    if isinstance(detector, HaarDetector):
        raise MissingPartError("--from landmarks: the Haar cascade does not tell where the eyes are")
    files = read_blazeface_files(settings.bundle)
    if files.landmarks is None:
        raise MissingPartError(f"--from landmarks: {LANDMARKS[0]} is not in {files.origin}")
    reader = LandmarkEmotionReader(load_head(), network)
    mesher: Mesher = FaceLandmarks(files.landmarks, settings.threads)
    if files.eyes is None:
        notes.append(
            f"lids hardly close in what expressions are named from: {EYES[0]} is not in {files.origin}"
        )
    else:
        mesher = RefinedLandmarks(mesher, EyeLandmarks(files.eyes, settings.threads))
    return PointModels(mesher, reader)
