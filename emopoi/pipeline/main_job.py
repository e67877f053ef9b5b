"""The main job in one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emopoi.pipeline.building import build_pipeline
from emopoi.pipeline.loaded_models import load_models
from emopoi.pipeline.settings import RecognitionSettings
from emopoi.pipeline.source_profile import is_photo, profile_builder, profile_settings
from emopoi.pipeline.stages import FrameResult
from emopoi.types import EmotionProfile
from emopoi.vision.media import open_media


def recognize(
    source: str | Path | int,
    settings: RecognitionSettings | None = None,
    *,
    sample_fps: float | None = None,
    on_frame: Callable[[FrameResult], None] | None = None,
) -> EmotionProfile:
    """The main job in one call.

    Args:
        source: video, photo, folder of photos, or the number of a camera.
        settings: what to run.
        sample_fps: read about so many frames a second; None reads all.
        on_frame: called with each frame's result.

    Returns:
        The profile of everybody seen; empty where no face was found.

    Raises:
        EmopoiError: the source, a model or a setting is wrong.
    """
    settings = settings or RecognitionSettings()
    with open_media(source, sample_fps=sample_fps) as media:
        models = load_models(settings, photo=is_photo(media))
        builder = profile_builder(models, profile_settings(media, sample_fps))
        pipeline = build_pipeline(models)
        for result in pipeline.run(media, builder, name_photos=media.kind == "folder"):
            if on_frame:
                on_frame(result)
        return builder.build(media.name)
