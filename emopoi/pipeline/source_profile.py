"""How the readings of a source are summed up: of one of its kind, at its rate, by the models that read it."""

from __future__ import annotations

from dataclasses import replace

from emopoi.pipeline.loaded_models import LoadedModels
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.profile.own_labels import OwnLabelsProfileBuilder
from emopoi.runtime.own_labels_reader import labels_of
from emopoi.vision.media import MediaSource


def is_photo(media: MediaSource) -> bool:
    """Whether each frame is a picture of its own: no state over time, nobody seen twice."""
    return media.kind in ("photo", "folder")


def profile_settings(media: MediaSource, sample_fps: float | None = None) -> ProfileSettings:
    """How readings of this source are weighed: a seldom read one is not full of absences.

    Args:
        media: the open source.
        sample_fps: frames a second that are read, None for all.
    """
    rates = [rate for rate in (sample_fps, media.fps) if rate]
    pause_s = 1.5 / min(rates) if rates else 0.0
    usual = ProfileSettings()
    return replace(usual, stills=is_photo(media), max_gap_s=max(usual.max_gap_s, pause_s))


def profile_builder(models: LoadedModels, settings: ProfileSettings) -> ProfileBuilder:
    """What sums up the readings of these models."""
    if models.own is None:
        return ProfileBuilder(settings)
    return OwnLabelsProfileBuilder(labels_of(models.own.manifest), models.own.manifest.name, settings)
