"""Reads the faces of a video beside its voice, for one profile from both."""

from __future__ import annotations

from pathlib import Path

from emopoi.pipeline import (
    RecognitionSettings,
    build_pipeline,
    load_models,
    profile_builder,
    profile_settings,
)
from emopoi.profile.fusion import fused_profile
from emopoi.progress import progress
from emopoi.types import EmotionProfile
from emopoi.vision.media import open_media
from emopoi.voice.hearing import HeardVoice

_FPS = 10.0
"""Faces a second: expressions last longer, and the voice is read twice a second."""


def profile_of_both(
    source: Path,
    heard: HeardVoice,
    *,
    variant: str | None = None,
    bundle: str | None = None,
    seconds: float | None = None,
) -> tuple[EmotionProfile, list[str]]:
    """One profile from the faces and the voice of a video.

    Args:
        source: the video.
        heard: its voice.
        variant: of the models; None takes the manifests' default.
        bundle: folder of detector models; None takes mediapipe's.
        seconds: stop there.

    Returns:
        The profile, and what the user should know.

    Raises:
        EmopoiError: the pictures can not be read, or a model is missing.
    """
    settings = RecognitionSettings(variant=variant, bundle=bundle)
    with open_media(source, sample_fps=_FPS) as media:
        models = load_models(settings)
        builder = profile_builder(models, profile_settings(media, _FPS))
        results = build_pipeline(models).run(media, builder)
        for result in progress(results, None, f"reading {media.name}"):
            if seconds is not None and result.frame.time_ms >= 1000 * seconds:
                break
        face = builder.build(media.name)
        notes = [*models.notes, *media.warnings]
    if not face.people:
        notes.append("no face was seen: the profile is the voice's alone")
    elif len(face.people) > 1 and heard.readings:
        notes.append("several people were seen: the one seen longest is taken for the speaker")
    return fused_profile(face, heard.profile.build(source.name)), notes
