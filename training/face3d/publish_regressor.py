"""Freeze the pixel regressor and measure its files against points and landmark solver.

python -m training.face3d.publish_regressor --data DATA --run RUN --head FILE --out my_models/face_regressor

With the shipped head `python -m training.publish face_regressor` does it; this is for heads of one's own,
FLAME's among them. Then `emopoi reconstruct photo.jpg --method pixels --head FILE --model
my_models/face_regressor` uses the result.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.export.freeze import freeze, write_json
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.head.fingerprint import head_fingerprint
from emopoi.head.head_model import HeadModel, project
from emopoi.head.landmark_solver import OUTER_EYES
from emopoi.head.skinning import rotation_matrices
from emopoi.preprocess import InputSpec
from emopoi.progress import progress
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.types import Face
from training.command_line import OneLineParser
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_figures import lid_figures, lip_figures, watched_correlations
from training.face3d.dream_model import config_for
from training.face3d.meshes import read_pictures
from training.face3d.regressor_faces import LAYOUT, keypoints_of, load_regressor_faces
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes, stored_solutions
from training.recipe_options import existing_folder, run_recipe

NAME = "face_regressor"
VALID = "age_gender/valid.parquet"
ALBEDO = "albedo.npz"
"""File beside the network: the colours that its answer `albedo` counts in."""
_SAMPLES = 400


def publish_regressor(
    data: Path, run: Path, cache: Path, out: Path, facts: Mapping[str, Any], head: HeadModel | None = None,
    rows: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Freeze and measure.

    Args:
        data: holds age_gender/.
        run: folder of `training.train_dream`.
        cache: where points and solutions are kept.
        out: where the model's folder goes.
        facts: licence, recipe and the like.
        head: that it was trained for; the shipped one where None.
        rows: measure on the first so many faces alone.

    Returns:
        The figures by variant.
    """
    head = head or load_head()
    choices = json.loads((run / "settings.json").read_text()).get("choices", {})
    albedo = Path(choices["albedo"]) if choices.get("albedo") else None
    colours = AlbedoBasis.load(albedo).modes.shape[-1] if albedo else 0
    jaw = int(config_for(head).jaw)
    name = f"{NAME}-{head.n_identity}-{head.n_expressions}-{colours}-{jaw}"
    kind = KINDS[name]
    spec = InputSpec(kind.size, kind.channels, MEAN, STD, LAYOUT.of_centre(*kind.window))
    faces = load_regressor_faces(head, data, cache, (VALID,), rows)
    margin = (kind.picture - kind.size) // 2
    cut = slice(margin, margin + kind.size)
    samples = ((faces.pictures[:_SAMPLES, cut, cut].astype(np.float32)) - MEAN) / STD
    manifest = freeze(
        name, run / f"{NAME}.weights.h5", {"face": samples}, out / NAME, input_spec=spec,
        facts={**facts, "head_fingerprint": head_fingerprint(head)},
    )  # fmt: skip
    if albedo:
        manifest = _add_albedo(manifest, albedo)
    return {
        variant: measure_pixels(head, FrozenModel(manifest, variant), data, cache, rows)
        for variant in manifest.files
    }


def _add_albedo(manifest: Manifest, albedo: Path) -> Manifest:
    shutil.copyfile(albedo, manifest.folder / ALBEDO)
    content = albedo.read_bytes()
    file = {"path": ALBEDO, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    write_json(manifest.folder / "manifest.json", {**manifest.data, "albedo": file})
    return Manifest.read(manifest.folder)


def measure_pixels(
    head: HeadModel, model: FrozenModel, data: Path, cache: Path, rows: int | None = None
) -> dict[str, Any]:
    """A file against points and landmark solver, each face of valid by itself.

    Args:
        head: that it was trained for.
        model: task "face_regressor".
        data: holds age_gender/.
        cache: where points and solutions are kept.
        rows: the first so many faces alone.
    """
    reader = FaceRegressorReader(head, model)
    points, presence = stored_meshes(data, cache, VALID, rows)
    solved = stored_solutions(head, data, cache, VALID, rows=rows)
    encoded = read_pictures(data / VALID)
    chosen = np.flatnonzero(presence > ENOUGH_PRESENCE)
    seen, turns, found = [], [], []
    for row in progress(chosen, len(chosen), f"reading with {model.variant}"):
        picture = cv2.imdecode(np.frombuffer(encoded[row], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        face = Face((0.0, 0.0, 1.0, 1.0), 1.0, keypoints_of(points[row]))
        told = reader.read(np.ascontiguousarray(picture), face)
        seen.append(project(head.landmark_points(head.vertices(told)), told.camera)[:, :2])
        turn = (
            rotation_matrices(told.pose[0].astype(float))
            @ rotation_matrices(solved.turn[row].astype(float)).T
        )
        turns.append(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))
        found.append(told.expression)
    asked = points[chosen][:, head.landmarks.indices]
    right, left = OUTER_EYES
    distance = np.linalg.norm(points[chosen, right] - points[chosen, left], axis=1)
    apart = np.linalg.norm(np.array(seen) - asked[..., :2], axis=2).mean(axis=1) / distance
    expressions, by_points = np.array(found), solved.expression[chosen]
    correlations = watched_correlations(expressions, by_points, head.expression_names)
    told_apart = [
        np.corrcoef(one, other)[0, 1] if one.std() > 0 else 0.0
        for one, other in zip(expressions.T, by_points.T, strict=True)
        if other.std() > 1e-3
    ]
    if told_apart:
        correlations["median of all"] = float(np.median(told_apart))
    lips = lip_figures(head, np.array(seen), asked, distance)
    correlations |= lid_figures(head, np.array(seen), asked)
    return {
        "n": len(chosen),
        "error": round(float(apart.mean()), 5),
        "turn_median_deg": round(float(np.median(turns)), 3),
        **{name: round(value, 5) for name, value in lips.items()},
        "correlation": {name: round(value, 4) for name, value in correlations.items()},
    }


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, help="holds age_gender/")
    add("--run", type=existing_folder, required=True, help="of training.train_dream")
    add("--out", type=Path, required=True, metavar="DIR", help="the model's folder, called face_regressor")
    add("--head", type=Path, metavar="FILE", help="that it was trained for (default: the shipped one)")
    add("--meshes", type=Path, metavar="DIR", help="where points are kept (default: RUN)")
    add("--licence", default="not stated", help="of the weights, for the manifest")
    options = parser.parse_args(arguments)
    if options.out.name != NAME:
        parser.error(f"--out: a folder called {NAME} was expected, so that it is found: {options.out / NAME}")
    facts = {"licence": {"code": "Apache-2.0", "weights": options.licence}}
    head, cache = load_head(options.head), options.meshes or options.run
    print(json.dumps(publish_regressor(options.data, options.run, cache, options.out.parent, facts, head)))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
