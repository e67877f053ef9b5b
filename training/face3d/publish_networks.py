"""Freeze the networks that stand beside a head and measure their files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.export.freeze import freeze
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import find_model
from training.face3d.stored_faces import ENOUGH_PRESENCE, SolvedFaces, stored_meshes, stored_solutions
from training.face3d.train_coefficient_emotion import score
from training.face3d.train_face_coefficients import VALID, correlation
from training.fer2013 import load_faces

NAMES = ("face_coefficients", "coefficient_emotion")


def publish_network(
    name: str, data: Path, run: Path, cache: Path, out: Path, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Freeze one network of the shipped head.

    Args:
        name: of `NAMES`.
        data: holds age_gender/ and fer2013/.
        run: folder of the training.
        cache: where points and solutions are kept.
        out: where the model's folder goes.
        facts: licence, recipe and the like.

    Returns:
        The figures by variant.
    """
    stored = np.load(run / "samples.npz")
    head = find_model("head")
    manifest = freeze(
        name,
        run / f"{name}.weights.h5",
        {key: stored[key].astype(np.float32) for key in stored.files},
        out / name,
        input_spec=None,
        facts={**facts, "head": head.files[head.default].sha256},
        default="float16",
    )
    measure = _measure_coefficients if name == NAMES[0] else _measure_emotion
    measured = {variant: measure(FrozenModel(manifest, variant), data, cache) for variant in manifest.files}
    points = run.with_name("point_emotion") / "figures.json"
    if name == NAMES[1] and points.is_file():
        measured["the same classifier on points (Keras)"] = json.loads(points.read_text())
    return measured


def _measure_coefficients(model: FrozenModel, data: Path, cache: Path) -> dict[str, Any]:
    head = load_head()
    _, presence = stored_meshes(data, cache, VALID)
    faces = stored_solutions(head, data, cache, VALID).rows(presence > ENOUGH_PRESENCE)
    told = [model.run(points=points[None]) for points in faces.points]
    found = {key: np.concatenate([one[key] for one in told]) for key in told[0]}
    turn = np.linalg.norm(found["pose"][:, :3] - faces.pose[:, :3], axis=1)
    return {
        "n": len(faces),
        "expression_correlation": correlation(np.clip(found["expression"], 0, 1), faces.expression),
        "identity_correlation": correlation(found["identity"], faces.identity),
        "turn_error_deg": round(float(np.degrees(turn.mean())), 3),
    }


def _measure_emotion(model: FrozenModel, data: Path, cache: Path) -> dict[str, Any]:
    head = load_head()
    file = "fer2013/public_test.parquet"
    valid = load_faces(data / file)
    _, presence = stored_meshes(data, cache, file)
    faces: SolvedFaces = stored_solutions(head, data, cache, file).rows(valid.rows)
    told = np.array([model.run(coefficients=row[None])["fer7"][0].argmax() for row in faces.coefficients()])
    return score(told, valid.fer7, presence[valid.rows] > ENOUGH_PRESENCE)
