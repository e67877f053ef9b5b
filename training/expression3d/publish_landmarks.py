"""Freeze the network that names expressions from points, and measure its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.export.freeze import freeze, write_json
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest, find_model
from emopoi.types.labels import FER7
from training.calibrate import fit_temperature
from training.expression3d.aligned_points import alignment
from training.expression3d.labelled_points import LabelledPoints, Labels, training_points, validation_points
from training.expression3d.scores import scores, with_prior
from training.expression3d.train_networks import mirrored_faces

NAME = "landmark_emotion"
MOST_BYTES = 300_000
"""Of the int8 file."""


def publish_landmark_emotion(
    data: Path, run: Path, kept: Path, out: Path, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Freeze the network and score its files on public_test.

    Args:
        data: holds fer2013/.
        run: folder of the training.
        kept: folder of the tables of points.
        out: where the model's folder goes.
        facts: licence, recipe and the like.

    Returns:
        The figures by variant.

    Raises:
        ModelFileError: the int8 file is larger than 300 KB.
    """
    stored = np.load(run / "samples.npz")
    head = find_model("head")
    labels = training_points(data, kept, Labels(teacher=0.0)).labels
    prior = np.bincount(labels, minlength=len(FER7)) / len(labels)
    manifest = freeze(
        NAME,
        run / f"{NAME}.weights.h5",
        {key: stored[key].astype(np.float32) for key in stored.files},
        out / NAME,
        input_spec=None,
        facts={
            **facts,
            "head": head.files[head.default].sha256,
            "prior": [round(float(share), 4) for share in prior],
        },
    )
    size = manifest.files["int8"].bytes
    if size > MOST_BYTES:
        raise ModelFileError(f"{NAME}: int8 of at most {MOST_BYTES:,} bytes was expected, got {size:,}")
    valid = validation_points(data, kept)
    # The temperature comes from one half, its calibration error is told of all; accuracy knows neither.
    half = valid.at(np.arange(len(valid)) % 2 == 0)
    temperature = fit_temperature(_logits(FrozenModel(manifest), half), half.labels)
    path = manifest.folder / "manifest.json"
    write_json(path, {**json.loads(path.read_text()), "temperature": temperature})
    manifest = Manifest.read(manifest.folder)
    measured = {}
    for variant in manifest.files:
        logits = _logits(FrozenModel(manifest, variant), valid) / temperature
        measured[variant] = scores(with_prior(logits, valid.placed, labels), valid.labels, valid.presence)
    return measured


def _logits(model: FrozenModel, faces: LabelledPoints) -> np.ndarray:
    mirror = mirror_numbers(alignment().template)
    sides = (faces.faces, mirrored_faces(faces.faces, mirror))
    return np.mean([[model.run_face(face)["fer7"] for face in side] for side in sides], axis=0)
