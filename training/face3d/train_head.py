"""Learn the default head: MediaPipe's 468 points with named expressions, in FLAME's format.

python -m training.face3d.train_head --data DATA --teacher ict_head.npz [--out runs/head]

The teacher is what `emopoi head convert ict` makes of ICT-FaceKit (MIT). It is fitted to the points of
faces of UTKFace and FER2013; template and fields are then moved to what explains those points best
(`training.face3d.fields`). Eyes and mouth are cut open; eyeballs, teeth, the mouth's inside and joints are
made by rule (`training.face3d.parts`). About six minutes on one CPU core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.head.head_file import read_head_npz, write_head_npz
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.joint_regressor import joint_row
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS, LandmarkEmbedding
from emopoi.head.mesh_smoothing import smoothed
from emopoi.head.mirror_numbers import mirror_numbers
from training.face3d.fields import PointFields, fit_faces, improve
from training.face3d.parts import (
    INNER_LIPS,
    JAW_HINGE_CM,
    LEFT_EYE,
    RIGHT_EYE,
    Parts,
    below_the_lips,
    eye_centre,
    jaw_weights,
    make_parts,
    open_triangles,
    part_fields,
)
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes
from training.recipe_options import run_recipe

RESULT = "head.npz"
FILES = ("age_gender/train.parquet", "fer2013/train.parquet")
MODES = 30
ROUNDS = ((300, None), (300, None), (300, None), (4500, 200.0), (4500, 200.0))
"""Faces of each file, and how cautiously fields are moved (see `improve`); None moves the mean alone."""

_CM = 0.01
_NECK_CM, _ROOT_CM = np.array([0.0, -6.5, -3.0]), np.array([0.0, -9.0, -4.0])
LICENCE = (
    "CC-BY-NC-4.0: learned from pictures of UTKFace and FER2013, given out for research. Teacher: fields of "
    "ICT-FaceKit (MIT, Copyright (c) 2020 USC Institute for Creative Technologies); triangles and "
    "texture layout are those of MediaPipe's canonical face (Apache-2.0)."
)


def learn_fields(
    teacher: HeadModel, meshes: list[np.ndarray], mirror: np.ndarray, *, rounds=ROUNDS, seed: int = 0
) -> tuple[PointFields, list[dict]]:
    """Fit and improve in turns.

    Args:
        teacher: with 468 landmarks and named expressions.
        meshes: float (N, 468, 3) of each file.
        mirror: int (468,).
        rounds: faces of each file and caution of each round.
        seed: of the choice of faces.

    Returns:
        The fields and a line for each round.
    """
    random = np.random.default_rng(seed)
    fields = PointFields.of_head(teacher, MODES)
    history = []
    for number, (count, caution) in enumerate(rounds):
        faces = np.concatenate([points[random.permutation(len(points))[:count]] for points in meshes])
        values, left, error = fit_faces(fields, faces, teacher.unit_m)
        fields = improve(fields, values, left, mirror, caution)
        history.append({"round": number + 1, "faces": len(faces), "error_before": round(error, 5)})
        print(json.dumps(history[-1]), file=sys.stderr, flush=True)
    return fields, history


def assemble(fields: PointFields, canonical: dict[str, np.ndarray]) -> HeadModel:
    """Cut open, add parts and joints.

    Args:
        fields: in centimetres.
        canonical: `faces_468`, `uv_468` and `uv_faces_468` of MediaPipe's canonical face.
    """
    template, skin_f = fields.template, canonical["faces_468"]
    kept = open_triangles(skin_f)
    skin_f = skin_f[kept].astype(np.int32)
    parts = make_parts(template)
    rest, by_identity, by_expression = part_fields(
        parts, template, fields.identity, fields.expression, fields.names
    )
    vertices = np.concatenate([template, rest])
    identity = np.concatenate([fields.identity, by_identity], axis=1)
    expression = np.concatenate([fields.expression, by_expression], axis=1)
    weights = _weights(fields, parts, skin_f, len(vertices))
    skin = np.arange(MEDIAPIPE_POINTS)
    joints = [(skin, _ROOT_CM), (skin, _NECK_CM), (skin, JAW_HINGE_CM)]
    for side, ring in (("left_eye", LEFT_EYE), ("right_eye", RIGHT_EYE)):
        ball = np.arange(MEDIAPIPE_POINTS, len(vertices))[parts.groups[side]]
        joints.append((ball, eye_centre(template, ring)))
    regressor = np.stack([joint_row(vertices, chosen, place) for chosen, place in joints])
    uv = np.concatenate([canonical["uv_468"], parts.uv])
    uv_f = np.concatenate([canonical["uv_faces_468"][kept], parts.f])
    uv_f[len(skin_f) :] = _uv_of_parts(parts, canonical)
    faces = np.concatenate([skin_f, parts.f])
    face, corner = _triangle_of_each_point(faces)
    return HeadModel(
        name="EmoPOI default head",
        v_template=vertices.astype(np.float32),
        f=faces.astype(np.int32),
        shapedirs=np.moveaxis(np.concatenate([identity, expression]), 0, -1).astype(np.float32),
        n_identity=len(identity),
        posedirs=np.zeros((len(vertices), 3, 36), np.float32),
        J_regressor=regressor,
        parents=np.array([-1, 0, 1, 1, 1], np.int32),
        weights=weights,
        expression_names=fields.names,
        landmarks=LandmarkEmbedding(
            face,
            np.eye(3, dtype=np.float32)[corner],
            skin.astype(np.int32),
            np.zeros((len(skin), 3), np.float32),
        ),
        unit_m=_CM,
        uv=uv.astype(np.float32),
        uv_f=uv_f.astype(np.int32),
        face_parts=np.concatenate([np.zeros(len(skin_f), np.uint8), parts.face_parts]),
        licence=LICENCE,
    )


def _weights(fields: PointFields, parts: Parts, skin_f: np.ndarray, count: int) -> np.ndarray:
    jaw = np.zeros(count)
    open_field = fields.expression[fields.names.index("jawOpen")]
    jaw[:MEDIAPIPE_POINTS] = smoothed(jaw_weights(fields.template, open_field), skin_f, 3)
    tail = jaw[MEDIAPIPE_POINTS:]
    tail[parts.groups["lower_teeth"]] = 1.0
    mouth = parts.groups["mouth"]
    # The mouth's walls go as far as jawOpen takes them.
    tail[mouth] = np.concatenate([below_the_lips(), below_the_lips(), [0.5]])
    weights = np.zeros((count, 5), np.float32)
    weights[:, 1], weights[:, 2] = 1 - jaw, jaw
    for joint, side in ((3, "left_eye"), (4, "right_eye")):
        rows = np.arange(MEDIAPIPE_POINTS, count)[parts.groups[side]]
        weights[rows] = 0
        weights[rows, joint] = 1
    return weights


def _uv_of_parts(parts: Parts, canonical: dict[str, np.ndarray]) -> np.ndarray:
    """Numbers into uv: where a part begins at the skin it takes uv of its own first ring, or of the skin."""
    skin_uv = np.zeros(MEDIAPIPE_POINTS, np.int64)
    skin_uv[canonical["faces_468"]] = canonical["uv_faces_468"]
    own = len(canonical["uv_468"]) + np.arange(len(parts.uv))
    own = np.where(parts.like >= 0, skin_uv[parts.like], own)
    first_ring = len(canonical["uv_468"]) + parts.groups["mouth"].start + np.arange(len(INNER_LIPS))
    numbers = np.concatenate([skin_uv, own])[parts.f]
    walls = parts.face_parts == PARTS.index("mouth")
    for place, lip in enumerate(INNER_LIPS):
        numbers[walls[:, None] & (parts.f == lip)] = first_ring[place]
    return numbers


def _triangle_of_each_point(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    face = np.zeros(MEDIAPIPE_POINTS, np.int32)
    corner = np.zeros(MEDIAPIPE_POINTS, np.int64)
    found = np.zeros(MEDIAPIPE_POINTS, bool)
    for number, triangle in enumerate(faces):
        for place, point in enumerate(triangle):
            if point < MEDIAPIPE_POINTS and not found[point]:
                face[point], corner[point], found[point] = number, place, True
    if not found.all():
        raise InputError(f"{int((~found).sum())} points lie on no triangle")
    return face, corner


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="holds age_gender, fer2013, mediapipe_canonical"
    )
    parser.add_argument("--teacher", type=Path, required=True, help="head of `emopoi head convert ict`")
    parser.add_argument("--out", type=Path, default=Path("runs/head"))
    parser.add_argument("--meshes", type=Path, help="where found points are kept (default: OUT/meshes)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with np.load(options.data / "mediapipe_canonical" / "canonical_face.npz") as stored:
        canonical = {name: stored[name] for name in stored.files}
    mirror = mirror_numbers(canonical["vertices_468"])
    meshes = []
    for file in FILES:
        points, presence = stored_meshes(options.data, options.meshes or options.out / "meshes", file)
        meshes.append(points[presence > ENOUGH_PRESENCE])
    fields, history = learn_fields(read_head_npz(options.teacher), meshes, mirror)
    head = assemble(fields, canonical)
    write_head_npz(head, options.out / RESULT, half=True)
    (options.out / "history.json").write_text(json.dumps(history, indent=1))
    size = (options.out / RESULT).stat().st_size
    parts = {name: int((head.face_parts == number).sum()) for number, name in enumerate(PARTS)}
    print(json.dumps({"vertices": len(head.v_template), "triangles": parts, "bytes": size}))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
