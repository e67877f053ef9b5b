"""Joins the stages of the main job: frames in, readings and a profile out. No arithmetic of its own."""

from emopoi.pipeline.building import build_pipeline
from emopoi.pipeline.loaded_models import LoadedModels, load_models
from emopoi.pipeline.main_job import recognize
from emopoi.pipeline.settings import RecognitionSettings
from emopoi.pipeline.source_profile import is_photo, profile_builder, profile_settings
from emopoi.pipeline.stages import FrameResult, Pipeline

__all__ = [
    "FrameResult",
    "LoadedModels",
    "Pipeline",
    "RecognitionSettings",
    "build_pipeline",
    "is_photo",
    "load_models",
    "profile_builder",
    "profile_settings",
    "recognize",
]
