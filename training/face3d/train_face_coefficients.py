"""Train the network that reads a head's coefficients off face points, distilled from the solver.

python -m training.face3d.train_face_coefficients --data DATA [--head FILE] [--out runs/face_coefficients]

Inputs are aligned points of UTKFace and FER2013 pictures, targets what `LandmarkSolver` says of them; as
many more faces are made of one face's identity, another's expression and a third one's residual, so that
the network does not learn who makes which face. About five minutes on one CPU core, of which solving
takes four the first time.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.similarity import similarity
from emopoi.head.skinning import axis_angle, rotation_matrices
from emopoi.models.face_coefficients import build_face_coefficients_network
from emopoi.runtime.frozen_head import load_head
from training.face3d.stored_faces import (
    ENOUGH_PRESENCE,
    SolvedFaces,
    stored_meshes,
    stored_solutions,
)
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import recipe_parser, run_recipe
from training.run_folder import replace_file, save_weights

RESULT = "face_coefficients.weights.h5"
TRAIN = ("age_gender/train.parquet", "fer2013/train.parquet")
VALID = "age_gender/valid.parquet"
SETTINGS = LoopSettings(
    epochs=40, batch=256, optimizer="adamw", learning_rate=2e-3, warmup_epochs=1, weight_decay=1e-4
)
WEIGHTS = {"identity": 0.3, "expression": 10.0, "pose": 100.0}
"""Of the squared errors: each output then counts about alike."""


def train(
    head: HeadModel, data: Path, cache: Path, out: Path, *, settings: LoopSettings = SETTINGS,
    resume: bool = False, rows: int | None = None, seed: int = 1, track: str | None = None,
) -> dict[str, float]:  # fmt: skip
    """Train; leaves weights, samples for the export and figures in the run's folder.

    Args:
        head: whose coefficients are read.
        data: holds age_gender/ and fer2013/.
        cache: where points and solutions are kept.
        out: folder of the run.
        settings: of the loop.
        resume: go on where it stopped.
        rows: use only so many rows of each file.
        seed: of the made faces.
        track: name of a tracker, see `run_loop`.

    Returns:
        Figures on validation.
    """
    faces = [_seen(head, data, cache, file, rows) for file in TRAIN]
    real = SolvedFaces(*(np.concatenate([getattr(f, name) for f in faces]) for name in _FIELDS))
    made = mixed_faces(head, real, np.random.default_rng(seed))
    valid = _seen(head, data, cache, VALID, rows)
    network = None

    def make_model(loop: LoopSettings, count: int) -> keras.Model:
        nonlocal network
        network = build_face_coefficients_network(len(head.landmarks), head.n_identity, head.n_expressions)
        network.compile(make_optimizer(loop, count), loss=dict.fromkeys(WEIGHTS, "mse"), loss_weights=WEIGHTS)
        return network

    model = run_loop(
        make_model,
        settings=settings,
        data=(np.concatenate([real.points, made.points]), _targets(real, made)),
        validation=(valid.points, _targets(valid)),
        folder=out,
        resume=resume,
        facts={"recipe": "training.face3d.train_face_coefficients", "head": head.name},
        files=[data / file for file in TRAIN],
        track=track,
    )
    save_weights(model, out / RESULT)
    sample = real.points[np.random.default_rng(0).permutation(len(real))[:600]]
    np.savez(out / "samples.npz", points=sample)
    figures = agreement(model, valid)
    replace_file(out / "figures.json", lambda file: file.write_text(json.dumps(figures, indent=1)))
    return figures


_FIELDS = tuple(SolvedFaces.__dataclass_fields__)


def _seen(head: HeadModel, data: Path, cache: Path, file: str, rows: int | None) -> SolvedFaces:
    _, presence = stored_meshes(data, cache, file, rows)
    return stored_solutions(head, data, cache, file, rows=rows).rows(presence > ENOUGH_PRESENCE)


def mixed_faces(head: HeadModel, faces: SolvedFaces, random: np.random.Generator) -> SolvedFaces:
    """As many faces with one's identity, another's expression (weaker or stronger) and a third one's rest.

    Args:
        head: that they were solved for.
        faces: solved ones.
        random: what is mixed.
    """
    alignment = PointAlignment(head)
    count = len(faces)
    fields = head.landmarks.apply(head.shapedirs.astype(np.float64), head.f) / alignment.unit
    flat = fields.reshape(-1, fields.shape[-1]).T.astype(np.float32)
    values = np.concatenate([faces.identity, faces.expression], axis=1)
    template = alignment.template.ravel().astype(np.float32)
    shown, other, third = (random.permutation(count) for _ in range(3))
    identity = faces.identity[shown]
    strength = random.uniform(0.3, 1.6, (count, 1)).astype(np.float32)
    expression = faces.expression[other] * strength
    if head.expression_names:
        expression = np.clip(expression, 0.0, 1.0)
    rest = _turned_back(faces, template) - values @ flat
    shapes = np.concatenate([identity, expression], axis=1) @ flat + rest[third] + template
    return _aligned_again(alignment, shapes.reshape(count, -1, 3), replace(
        faces, identity=identity, expression=expression
    ))  # fmt: skip


def _turned_back(faces: SolvedFaces, template: np.ndarray) -> np.ndarray:
    """Points less the mean face in the solved frame, float32 (N, 3 L)."""
    points = (faces.points + template).reshape(len(faces), -1, 3)
    turn = rotation_matrices(faces.pose[:, :3])
    moved = (points - faces.pose[:, None, 4:]) / np.exp(faces.pose[:, 3])[:, None, None]
    return np.einsum("nla,nab->nlb", moved, turn).reshape(len(faces), -1) - template


def _aligned_again(alignment: PointAlignment, shapes: np.ndarray, told: SolvedFaces) -> SolvedFaces:
    """Align made shapes as pictures' points are; their pose is then the inverse of the alignment."""
    points, pose = np.empty_like(told.points), np.empty_like(told.pose)
    for row, shape in enumerate(shapes.astype(np.float64)):
        rotation, scale, place = similarity(alignment.template, shape)
        points[row] = ((shape - place) @ rotation / scale - alignment.template).ravel()
        pose[row, :3] = axis_angle(rotation.T)
        pose[row, 3] = -np.log(scale)
        pose[row, 4:] = -rotation.T @ place / scale
    return replace(told, points=points, pose=pose)


def _targets(*parts: SolvedFaces) -> dict[str, np.ndarray]:
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in WEIGHTS}


def agreement(model: keras.Model, faces: SolvedFaces) -> dict[str, float]:
    """How near the network is to the solver.

    Returns:
        Median correlation over expressions and over identity modes, and the mean error of rotation in
        degrees.
    """
    told = model.predict(faces.points, batch_size=1024, verbose=0)
    turn = np.linalg.norm(told["pose"][:, :3] - faces.pose[:, :3], axis=1)
    return {
        "n": len(faces),
        "expression_correlation": correlation(np.clip(told["expression"], 0, 1), faces.expression),
        "identity_correlation": correlation(told["identity"], faces.identity),
        "turn_error_deg": round(float(np.degrees(turn.mean())), 3),
    }


def correlation(found: np.ndarray, expected: np.ndarray) -> float:
    """Median correlation over columns, float (N, K) both.

    Columns that are never expected to move are left out; one that is never found to counts as 0.
    """
    pairs = [
        np.corrcoef(told, wanted)[0, 1] if told.std() > 0 else 0.0
        for told, wanted in zip(found.T, expected.T, strict=True)
        if wanted.std() > 1e-3
    ]
    return round(float(np.median(pairs)), 4)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(
        __doc__, holds="age_gender/ and fer2013/", out="runs/face_coefficients", epochs=SETTINGS.epochs
    )
    parser.add_argument("--head", type=Path, metavar="FILE", help="another head (default: the shipped one)")
    parser.add_argument("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    options = parser.parse_args(arguments)
    keras.config.set_dtype_policy("float32")
    figures = train(
        load_head(options.head),
        options.data,
        options.meshes or options.out,
        options.out,
        settings=replace(SETTINGS, epochs=options.epochs, seed=options.seed),
        resume=options.resume,
        rows=options.rows,
        seed=options.seed,
        track=options.track,
    )
    print(json.dumps(figures), file=sys.stdout)


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
