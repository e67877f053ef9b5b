"""Freezes the heads for boredom and frustration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.evaluation.states import evaluate_states
from emopoi.export.freeze import freeze
from emopoi.preprocess import face_to_input
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from training.crop_layouts import DAISEE

LARGEST_DIFFERENCE = 0.25
"""Root-mean-square difference of two embeddings over their spread; above it they are of two networks."""
WEIGHTS_LICENCE = "for research use only: trained on DAiSEE, which is given out for research (see card.md)"
_COMPARED = 60


def publish_states(
    data: Path, run: Path, out: Path, frames: Manifest, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Freeze, and score on the embedding of the frozen expression network, with faces found and as they are.

    Args:
        data: holds daisee_faces/.
        run: folder of `training.train_states`.
        out: where the model's folder goes.
        frames: the frozen expression network.
        facts: licence, recipe and the like.

    Returns:
        The figures by variant.

    Raises:
        ModelFileError: the heads were fitted to another expression network.
    """
    stored = np.load(run / "samples.npz")
    check_same_network(stored["pictures"], stored["embedding"], frames)
    settings = json.loads((run / "settings.json").read_text())
    manifest = freeze(
        "states",
        run / "states.weights.h5",
        {"embedding": stored["embedding"].astype(np.float32)},
        out / "states",
        input_spec=None,
        facts={
            **facts,
            "licence": {**facts["licence"], "weights": WEIGHTS_LICENCE},
            "training_layout": DAISEE.to_dict(),
            "frame_model": {variant: file.sha256 for variant, file in frames.files.items()},
            "heads": settings["heads"],
        },
    )
    path = data / "daisee_faces" / "validation.parquet"
    ways = {"daisee_validation": BlazeFaceDetector().detect, "daisee_validation_not_aligned": None}
    return {
        variant: {
            name: evaluate_states(
                path,
                FrozenModel(manifest, variant),
                FrozenModel(frames, _like(variant, frames)),
                find_faces=find_faces,
            )
            for name, find_faces in ways.items()
        }
        for variant in manifest.files
    }


def _like(variant: str, frames: Manifest) -> str:
    return variant if variant in frames.files else frames.default


def check_same_network(pictures: np.ndarray, embedding: np.ndarray, frames: Manifest) -> None:
    """Refuse heads of another network than the frozen one.

    Args:
        pictures: uint8 (N, 48, 48, 1), as the run's network was trained on.
        embedding: float32 (N, D), what the run's network made of their centres.
        frames: the frozen expression network.

    Raises:
        ModelFileError: the frozen network makes something else of them.
    """
    spec = frames.input
    assert spec is not None
    model = FrozenModel(frames)
    margin = (pictures.shape[1] - spec.size) // 2
    centre = slice(margin, margin + spec.size)
    found = np.stack(
        [
            model.run_face(face_to_input(np.ascontiguousarray(picture[centre, centre]), spec))["embedding"]
            for picture in pictures[:_COMPARED]
        ]
    )
    expected = embedding[:_COMPARED]
    if found.shape == expected.shape:
        difference = float(np.sqrt(np.mean((found - expected) ** 2)) / expected.std(axis=0).mean())
        if difference <= LARGEST_DIFFERENCE:
            return
    raise ModelFileError(
        f"the heads were fitted to another expression network than {frames.folder}: train states with the "
        "weights that it was made of"
    )
