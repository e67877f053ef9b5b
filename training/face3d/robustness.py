"""Points or pixels: which of the two holds where faces are dark, blurred or half covered.

python -m training.face3d.robustness --data DATA --meshes DIR [--picture FILE.png] [--write FILE.md]

The same faces of UTKFace valid, made worse step by step. Both methods are told where the face is (as it was
found in the good picture), and both are compared with MediaPipe's points of the good picture: mean
distance over the eye distance, and the correlation of expressions with those solved there. Points are
believed however little presence the landmark network reports; faces for which it gives none at all are left
out of both, and counted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.head.head_model import HeadModel, project
from emopoi.head.landmark_solver import OUTER_EYES, LandmarkSolver
from emopoi.progress import progress
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import Face
from emopoi.vision.crop_mesh import mesh_of_crop
from emopoi.vision.mesher import Mesher, is_placed
from training.command_line import OneLineParser
from training.face3d.meshes import load_landmarks, read_pictures
from training.face3d.regressor_faces import keypoints_of
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes, stored_solutions
from training.face3d.study import put_between
from training.recipe_options import existing_folder, positive, run_recipe
from training.run_folder import replace_file
from training.worse_pictures import CHANGES, LEVELS

VALID = "age_gender/valid.parquet"
METHODS = ("points", "pixels")
MARK = "robustness"
KINDS = ("dark", "blurred", "covered")


def compare(
    head: HeadModel, model: FrozenModel, data: Path, cache: Path, count: int, mesher: Mesher
) -> list[dict[str, Any]]:
    """Both methods on faces made worse.

    Args:
        head: of both.
        model: task "face_regressor".
        data: holds age_gender/.
        cache: where points and solutions are kept.
        count: of faces, evenly over the file.
        mesher: places the points.

    Returns:
        For each kind, amount and method: `n` faces, `error`, and `correlation`, the median over expressions.
    """
    points, presence = stored_meshes(data, cache, VALID)
    solved = stored_solutions(head, data, cache, VALID).expression
    encoded = read_pictures(data / VALID)
    seen = np.flatnonzero(presence > ENOUGH_PRESENCE)
    rows = seen[np.linspace(0, len(seen) - 1, min(count, len(seen))).astype(int)]
    reader, solver = FaceRegressorReader(head, model), LandmarkSolver(head)
    lines = []
    cases = [(kind, amount) for kind in KINDS for amount in LEVELS]
    for kind, amount in progress(cases, len(cases), "making faces worse"):
        random = np.random.default_rng(0)
        told: dict[str, list[Any]] = {method: [] for method in METHODS}
        kept = []
        for row in rows:
            picture = cv2.cvtColor(
                cv2.imdecode(np.frombuffer(encoded[row], np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB
            )
            worse = CHANGES[kind](picture, amount, random)
            mesh = mesh_of_crop(mesher, worse)
            if mesh is None or not is_placed(mesh.points):
                continue
            kept.append(row)
            told["points"].append(solver.solve(mesh.points).coefficients)
            face = Face((0.0, 0.0, 1.0, 1.0), 1.0, keypoints_of(points[row]))
            told["pixels"].append(reader.read(worse, face))
        for method in METHODS:
            figures = _figures(head, told[method], points[kept], solved[kept])
            lines.append({"kind": kind, "amount": amount, "method": method, "n": len(kept), **figures})
    return lines


def _figures(head: HeadModel, told: list[Any], points: np.ndarray, solved: np.ndarray) -> dict[str, float]:
    asked = points[:, head.landmarks.indices, :2]
    found = np.array([project(head.landmark_points(head.vertices(one)), one.camera)[:, :2] for one in told])
    right, left = OUTER_EYES
    distance = np.linalg.norm(points[:, right] - points[:, left], axis=1)
    expressions = np.array([one.expression for one in told])
    every = [
        np.corrcoef(one, other)[0, 1] if one.std() > 0 else 0.0
        for one, other in zip(expressions.T, solved.T, strict=True)
        if other.std() > 0.05
    ]
    error = np.linalg.norm(found - asked, axis=2).mean(axis=1) / distance
    return {"error": round(float(error.mean()), 5), "correlation": round(float(np.median(every)), 4)}


def table(lines: list[dict[str, Any]]) -> list[str]:
    """As Markdown."""
    rows = [
        "| faces | amount | error, points | error, pixels | expressions, points | pixels |",
        "|---" * 6 + "|",
    ]
    for kind in KINDS:
        for amount in LEVELS:
            found = {
                line["method"]: line for line in lines if (line["kind"], line["amount"]) == (kind, amount)
            }
            one, other = (found[method] for method in METHODS)
            errors = f"{one['error']:.1%} | {other['error']:.1%}"
            expressions = f"{one['correlation']:.2f} | {other['correlation']:.2f}"
            rows.append(f"| {kind} | {amount:g} | {errors} | {expressions} |")
    return rows


def draw(lines: list[dict[str, Any]], path: Path) -> None:
    """The curves as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), layout="constrained")
    axes = figure.subplots(2, len(KINDS), sharey="row", sharex=True)
    for column, kind in enumerate(KINDS):
        for row, (name, title) in enumerate(
            (("error", "error over the eye distance, %"), ("correlation", "expressions, correlation"))
        ):
            axis = axes[row, column]
            for method, style in zip(METHODS, ("o-", "s--"), strict=True):
                chosen = [line for line in lines if (line["kind"], line["method"]) == (kind, method)]
                factor = 100 if name == "error" else 1
                axis.plot(
                    [line["amount"] for line in chosen],
                    [factor * line[name] for line in chosen],
                    style,
                    label=method,
                )
            axis.grid(alpha=0.3)
            if row == 0:
                axis.set_title(kind)
            if column == 0:
                axis.set_ylabel(title)
    axes[0, 0].legend()
    axes[1, 1].set_xlabel("amount")
    replace_file(path, lambda temporary: figure.savefig(temporary, format="png", dpi=110))


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, help="holds age_gender/")
    add("--meshes", type=Path, required=True, metavar="DIR", help="where points are kept")
    add(
        "--model", default="face_regressor", metavar="NAME", help="model or its folder (default: %(default)s)"
    )
    add("--faces", type=positive, default=300, metavar="N", help="default: %(default)s")
    add("--picture", type=Path, metavar="FILE.png", help="draw the curves")
    add("--write", type=Path, metavar="FILE.md", help="put the table between the file's marks")
    options = parser.parse_args(arguments)
    lines = compare(
        load_head(),
        FrozenModel.load(options.model),
        options.data,
        options.meshes,
        options.faces,
        load_landmarks(),
    )
    if options.picture:
        draw(lines, options.picture)
    if options.write:
        page = put_between(options.write.read_text(encoding="utf-8"), MARK, table(lines))
        replace_file(options.write, lambda file: file.write_text(page, encoding="utf-8"))
    for line in lines:
        print(json.dumps(line))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
