"""What a recognition tells of itself in run.json: the same source gives the same bytes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import emopoi
from emopoi.pipeline.loaded_models import LoadedModels, model_file, model_files
from emopoi.pipeline.settings import RecognitionSettings
from emopoi.vision.media import MediaSource


def run_facts(settings: RecognitionSettings, models: LoadedModels, media: MediaSource) -> dict[str, Any]:
    """Version, models with their hashes, settings and frames, once all frames were read.

    What ran, not what was asked for; and folder names of the machine stay on the machine. How long it took is
    nothing of it.

    Args:
        settings: what was asked for.
        models: what ran.
        media: the source, read.

    Returns:
        Names to what JSON can hold.
    """
    head = models.shapes.head.name if models.shapes else None
    read = settings.coefficients if models.shapes else "none"
    ran = replace(settings, temporal=models.temporal, bundle=None, cascade=None, head=head, coefficients=read)
    files = model_files(models)
    if models.own:
        ran = replace(ran, own_model=models.own.manifest.name)
        files["own model"] = f"{models.own.manifest.name} {model_file(models.own)}"
    return {
        "emopoi": emopoi.__version__,
        "models": files,
        "detector": type(models.detector).__name__,
        "settings": asdict(ran),
        "kind": media.kind,
        "frames_read": media.frames_read,
        "frames_damaged": media.frames_damaged,
    }
