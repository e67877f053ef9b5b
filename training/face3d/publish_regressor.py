"""Freeze the pixel regressor and measure its files against the landmark solver."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.export.freeze import freeze
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.head.head_model import project
from emopoi.head.landmark_solver import OUTER_EYES, LandmarkSolver
from emopoi.head.skinning import rotation_matrices
from emopoi.preprocess import InputSpec
from emopoi.progress import progress
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import find_model
from emopoi.types import Face
from training.face3d.meshes import read_pictures
from training.face3d.regressor_faces import LAYOUT, keypoints_of, load_regressor_faces
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes

NAME = "face_regressor"
VALID = "age_gender/valid.parquet"
WATCHED = ("eyeBlink", "jawOpen", "mouthSmile", "mouthPucker", "browInnerUp")
_SAMPLES = 400


def publish_regressor(
    data: Path, run: Path, cache: Path, out: Path, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Freeze and measure.

    Args:
        data: holds age_gender/.
        run: folder of `training.train_dream`.
        cache: where points and solutions are kept.
        out: where the model's folder goes.
        facts: licence, recipe and the like.

    Returns:
        The figures by variant.
    """
    kind = KINDS[NAME]
    spec = InputSpec(kind.size, kind.channels, MEAN, STD, LAYOUT.of_centre(*kind.window))
    faces = load_regressor_faces(load_head(), data, cache, (VALID,), None)
    margin = (kind.picture - kind.size) // 2
    cut = slice(margin, margin + kind.size)
    samples = ((faces.pictures[:_SAMPLES, cut, cut].astype(np.float32)) - MEAN) / STD
    head = find_model("head")
    manifest = freeze(
        NAME, run / f"{NAME}.weights.h5", {"face": samples}, out / NAME, input_spec=spec,
        facts={**facts, "head": head.files[head.default].sha256},
    )  # fmt: skip
    return {
        variant: measure_pixels(FrozenModel(manifest, variant), data, cache) for variant in manifest.files
    }


def measure_pixels(model: FrozenModel, data: Path, cache: Path) -> dict[str, Any]:
    """A file against points and landmark solver, each face of valid by itself.

    Args:
        model: task "face_regressor".
        data: holds age_gender/.
        cache: where points are kept.
    """
    head = load_head()
    reader, solver = FaceRegressorReader(head, model), LandmarkSolver(head)
    points, presence = stored_meshes(data, cache, VALID)
    encoded = read_pictures(data / VALID)
    rows = np.flatnonzero(presence > ENOUGH_PRESENCE)
    errors, turns, found, solved = [], [], [], []
    for row in progress(rows, len(rows), f"reading with {model.variant}"):
        picture = cv2.imdecode(np.frombuffer(encoded[row], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        face = Face((0.0, 0.0, 1.0, 1.0), 1.0, keypoints_of(points[row]))
        told = reader.read(np.ascontiguousarray(picture), face)
        by_points = solver.solve(points[row]).coefficients
        seen = project(head.landmark_points(head.vertices(told)), told.camera)
        apart = np.linalg.norm(seen[:, :2] - points[row][head.landmarks.indices, :2], axis=1)
        right, left = points[row][list(OUTER_EYES)]
        errors.append(apart.mean() / np.linalg.norm(right - left))
        turn = (
            rotation_matrices(told.pose[0].astype(float))
            @ rotation_matrices(by_points.pose[0].astype(float)).T
        )
        turns.append(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))
        found.append(told.expression)
        solved.append(by_points.expression)
    return {
        "n": len(rows),
        "error": round(float(np.mean(errors)), 5),
        "turn_median_deg": round(float(np.median(turns)), 3),
        "correlation": _correlations(np.array(found), np.array(solved), head.expression_names),
    }


def _correlations(found: np.ndarray, solved: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    """By watched expression; of two sides the lower one."""
    result = {}
    for watched in WATCHED:
        columns = [
            index
            for index, name in enumerate(names)
            if name.removesuffix("Left").removesuffix("Right") == watched
        ]
        values = [
            np.corrcoef(found[:, c], solved[:, c])[0, 1] if found[:, c].std() > 0 else 0.0 for c in columns
        ]
        result[watched] = round(float(min(values)), 4)
    every = [
        np.corrcoef(a, b)[0, 1] if a.std() > 0 else 0.0
        for a, b in zip(found.T, solved.T, strict=True)
        if b.std() > 1e-3
    ]
    result["median of all"] = round(float(np.median(every)), 4)
    return result
