"""Makes the stages out of loaded models and joins them."""

from __future__ import annotations

from emopoi.landmark_stage import LandmarkStage
from emopoi.pipeline.loaded_models import LoadedModels
from emopoi.pipeline.shape_models import shape_stage
from emopoi.pipeline.stages import Pipeline
from emopoi.runtime.age_gender_reader import FrozenAgeGenderReader
from emopoi.runtime.emotion_reader import EmotionReader, FrozenEmotionReader
from emopoi.runtime.estimate_schedule import EstimateSchedule, EstimateSettings
from emopoi.runtime.expression_memory import ExponentialMemory, ExpressionMemory, LstmMemory
from emopoi.runtime.own_labels_reader import OwnLabelsReader
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.vision.face_follower import FaceFollower
from emopoi.vision.lid_reader import LidReader


def build_pipeline(models: LoadedModels) -> Pipeline:
    """Join the stages for one source."""
    states = FrozenStatesReader(models.states, models.emotion.manifest) if models.states else None
    emotion: EmotionReader
    if models.points:
        emotion = LandmarkStage(models.points.mesher, models.points.reader, _memory(models))
    else:
        emotion = FrozenEmotionReader(models.emotion, _memory(models), states)
    if models.own:
        emotion = OwnLabelsReader(emotion, models.own)
    person = FrozenAgeGenderReader(models.person) if models.person else None
    # A photo gives one view only: there is nothing to wait for.
    schedule = EstimateSchedule(EstimateSettings(patience_ms=0.0) if models.photo else None)
    eyes = LidReader(*models.eyes) if models.eyes else None
    finder = FaceFollower(models.detector, photo=models.photo)
    shapes = shape_stage(models.shapes, models.photo) if models.shapes else None
    return Pipeline(finder, emotion, person, schedule, eyes, shapes)


def _memory(models: LoadedModels) -> ExpressionMemory | None:
    if models.time:
        return LstmMemory(models.time)
    return ExponentialMemory(models.emotion.manifest.temperature) if models.temporal == "ema" else None
