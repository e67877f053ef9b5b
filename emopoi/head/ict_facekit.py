"""The ICT Face Model Light as a head of FLAME's format.

Li et al. 2020, "Learning Formation of Physically-Based Face Attributes" (ICT-FaceKit, MIT licence). Its
folder FaceXModel has a neutral mesh, identity modes and named expressions as OBJ files and no joints:
those are made here from how its own shapes move.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE
from emopoi.head.joint_regressor import joint_row
from emopoi.head.landmark_transfer import embed_landmarks
from emopoi.head.mesh_smoothing import smoothed
from emopoi.head.obj_reader import ObjMesh, read_obj, read_obj_vertices
from emopoi.head.similarity import similarity
from emopoi.head.skinning import axis_angle, rotation_matrices

Watch = Callable[[Iterable[Path], int | None, str], Iterator[Path]]
"""Passes files through and tells how far it is, such as `emopoi.progress.progress`."""

NEUTRAL = "generic_neutral_mesh.obj"
INDICES = "vertex_indices.json"

# Vertex ranges as the repository's README lists them; what comes after the eyeballs (tears, lashes) is
# left out.
_FACE = slice(0, 9409)
_SKIN = slice(0, 11248)
_MOUTH_SOCKET = slice(11248, 13294)
_GUMS_AND_TONGUE = slice(14062, 17039)
_TEETH = slice(17039, 21451)
_LOWER_TEETH = slice(19247, 21451)
_EYES = {
    "left_eye": (slice(21451, 23021), slice(21451, 22221)),
    "right_eye": (slice(23021, 24591), slice(23021, 23791)),
}
"""Each eyeball, and its outer shell."""
_COUNT = 24591

_IRIS_DEGREES = 22.0  # half the angle under which an iris is seen from the middle of its eyeball
_HINGE_CM = 1.5  # skin this near to the axis of the jaw carries its joint
_NECK_CM, _ROOT_CM = (0.0, -9.0, -2.0), (0.0, -16.0, -2.0)
_RING_CM = 1.0  # vertices this near in height to neck and root carry them
_SMOOTHING_STEPS = 12
# Of the 68 landmarks: the jaw line is a silhouette there and skin in MediaPipe's mesh, and its brows lie
# above those that MediaPipe's network marks. On pictures drawn of 40 people of this model the network's
# points are off by 2.6 % of the outer-eye distance with these, 2.8 % with the brows and 3.6 % with all 68.
_CHIN, _NOSE_EYES_LIPS = 8, slice(27, 68)

LICENCE = """\
ICT Face Model Light, changed (format, joints, landmarks). Copyright (c) 2020 USC Institute for Creative \
Technologies

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and \
associated documentation files (the "Software"), to deal in the Software without restriction, including \
without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell \
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the \
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial \
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT \
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO \
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER \
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR \
THE USE OR OTHER DEALINGS IN THE SOFTWARE."""
"""The MIT licence, which asks to travel with copies."""


def convert_ict(
    folder: Path,
    points: NDArray[np.floating],
    *,
    modes: int | None = None,
    watch: Watch | None = None,
) -> HeadModel:
    """Read FaceXModel and make a head of it.

    The 53 expressions become ARKit's 51: browInnerUp_L + browInnerUp_R are browInnerUp, and so with
    cheekPuff. jawOpen stays a shape, with its skin and lips; the jaw joint turns the jaw beyond it.

    Args:
        folder: FaceXModel of ICT-FaceKit.
        points: float (468, 3), MediaPipe's points on any neutral face.
        modes: identity modes, from the first; all that there are where None.
        watch: tells how far it is; nobody where None.

    Returns:
        A head in centimetres.

    Raises:
        ModelFileError: a file is missing or does not fit the others.
    """
    neutral = read_obj(folder / NEUTRAL)
    if len(neutral.vertices) < _COUNT or not len(neutral.faces):
        raise ModelFileError(
            f"{folder / NEUTRAL}: at least {_COUNT} vertices and triangles of the ICT Face Model Light were "
            f"expected, got {len(neutral.vertices)} and {len(neutral.faces)}"
        )
    landmarks = _landmarks(folder / INDICES)
    identity = sorted(folder.glob("identity[0-9][0-9][0-9].obj"))
    if not identity:
        raise ModelFileError(f"{folder}: identity000.obj and others were expected, there are none")
    if modes is not None and not 0 < modes <= len(identity):
        raise InputError(f"identity modes: 1 to {len(identity)} were expected, got {modes}")
    identity = identity[:modes]
    expressions = [folder / f"{file}.obj" for name in ARKIT_NAMES for file in _files_of(name)]
    missing = [path.name for path in expressions if not path.is_file()]
    if missing:
        raise ModelFileError(f"{folder}: {', '.join(missing[:5])} not there, {len(missing)} missing in all")
    template = neutral.vertices[:_COUNT]
    shapes = np.zeros((_COUNT, 3, len(identity) + len(ARKIT_NAMES)), np.float32)
    columns = list(range(len(identity)))
    columns += [len(identity) + at for at, name in enumerate(ARKIT_NAMES) for _ in _files_of(name)]
    files: Iterable[Path] = [*identity, *expressions]
    if watch is not None:
        files = watch(files, len(columns), "shapes read")
    for path, column in zip(files, columns, strict=True):
        vertices = read_obj_vertices(path)
        if len(vertices) != len(neutral.vertices):
            raise ModelFileError(
                f"{path}: {len(neutral.vertices)} vertices as in {NEUTRAL} were expected, got {len(vertices)}"
            )
        shapes[:, :, column] += (vertices[:_COUNT] - template).astype(np.float32)
    try:
        return _head(neutral, shapes, len(identity), landmarks, points)
    except InputError as error:
        raise ModelFileError(f"{folder}: no ICT Face Model Light ({error})") from error


def _files_of(name: str) -> tuple[str, ...]:
    """Files that add up to one of ARKit's expressions."""
    if name in ("browInnerUp", "cheekPuff"):
        return f"{name}_L", f"{name}_R"
    for side in ("Left", "Right"):
        # jawLeft and mouthLeft say where to, not on which side.
        if name.endswith(side) and name not in (f"jaw{side}", f"mouth{side}"):
            return (f"{name.removesuffix(side)}_{side[0]}",)
    return (name,)


def _landmarks(path: Path) -> NDArray[np.int64]:
    try:
        numbers = np.array(json.loads(path.read_bytes())["idx_to_landmark_verts"], np.int64)
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ModelFileError(f"{path}: a list idx_to_landmark_verts was expected ({error!r:.80})") from None
    on_face = numbers.size and 0 <= numbers.min() and numbers.max() < _FACE.stop
    if numbers.shape != (68,) or len(np.unique(numbers)) != 68 or not on_face:
        raise ModelFileError(f"{path}: 68 different landmarks on the face were expected")
    return numbers


def _head(
    neutral: ObjMesh,
    shapes: NDArray[np.float32],
    n_identity: int,
    landmarks: NDArray[np.int64],
    points: NDArray[np.floating],
) -> HeadModel:
    template = neutral.vertices[:_COUNT]
    kept = (neutral.faces < _COUNT).all(axis=1)
    faces = neutral.faces[kept]
    eyes = {name: _sphere_centre(template[shell]) for name, (_, shell) in _EYES.items()}
    jaw_open = shapes[:, :, n_identity + ARKIT_NAMES.index("jawOpen")].astype(np.float64)
    teeth = template[_LOWER_TEETH]
    opened = teeth + jaw_open[_LOWER_TEETH]
    # The best turn is the same whether or not teeth may grow; they do not.
    turn, _, _ = similarity(teeth, opened)
    shift = opened.mean(axis=0) - turn @ teeth.mean(axis=0)
    hinge = _fixed_point(turn, shift)
    share = _jaw_share(template, faces, jaw_open, axis_angle(turn), hinge)
    named = np.r_[_CHIN, _NOSE_EYES_LIPS]
    uv_faces = neutral.uv_faces[kept] if len(neutral.uv) else np.zeros((0, 3), np.int32)
    used, uv_faces = np.unique(uv_faces, return_inverse=True)
    return HeadModel(
        name="ICT Face Model Light",
        v_template=template.astype(np.float32),
        f=faces,
        shapedirs=shapes,
        n_identity=n_identity,
        posedirs=np.zeros((_COUNT, 3, 36), np.float32),
        J_regressor=_joints(template, hinge, eyes),
        parents=np.array([-1, 0, 1, 1, 1], np.int32),
        weights=_weights(template, share),
        expression_names=ARKIT_NAMES,
        landmarks=embed_landmarks(
            points,
            template,
            faces,
            IBUG_TO_MEDIAPIPE[named],
            template[landmarks[named]],
            allowed=(faces < _FACE.stop).all(axis=1),
        ),
        unit_m=0.01,
        uv=neutral.uv[used].astype(np.float32),
        uv_f=uv_faces.reshape(-1, 3).astype(np.int32),
        face_parts=_parts(template, faces, eyes),
        licence=LICENCE,
    )


def _sphere_centre(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the sphere that fits best; |p|^2 = 2 p c + (r^2 - |c|^2) is linear in its unknowns."""
    rows = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    return np.linalg.lstsq(rows, (points**2).sum(axis=1), rcond=None)[0][:3]


def _fixed_point(turn: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point nearest to the middle plane's origin that a hinge does not move; along its axis x is 0."""
    place = np.linalg.lstsq(np.eye(3) - turn, shift, rcond=1e-6)[0]
    return np.array([0.0, place[1], place[2]])


def _jaw_share(
    template: NDArray[np.float64],
    faces: NDArray[np.int32],
    jaw_open: NDArray[np.float64],
    turn: NDArray[np.float64],
    hinge: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How much of the jaw's turning each vertex follows, 0..1, from its motion in jawOpen."""
    matrix = rotation_matrices(turn)
    whole = (template - hinge) @ matrix.T + hinge - template
    length = (whole**2).sum(axis=1)
    # Near the hinge nothing moves far and the share is uncertain: it goes to 0.
    share = (jaw_open * whole).sum(axis=1) / (length + 0.01 * length.max())
    share = smoothed(np.clip(share, 0.0, 1.0), faces, _SMOOTHING_STEPS)
    share[_TEETH] = 0.0
    share[_LOWER_TEETH] = 1.0
    for ball, _ in _EYES.values():
        share[ball] = 0.0
    return share


def _joints(
    template: NDArray[np.float64], hinge: NDArray[np.float64], eyes: dict[str, NDArray[np.float64]]
) -> NDArray[np.float32]:
    skin = np.arange(_SKIN.start, _SKIN.stop)

    def ring(place: tuple[float, float, float]) -> NDArray[np.float32]:
        near = skin[np.abs(template[skin, 1] - place[1]) < _RING_CM]
        return joint_row(template, near, np.array(place))

    sides = skin[np.hypot(template[skin, 1] - hinge[1], template[skin, 2] - hinge[2]) < _HINGE_CM]
    rows = [ring(_ROOT_CM), ring(_NECK_CM), joint_row(template, sides, hinge)]
    for name, (_, shell) in _EYES.items():
        rows.append(joint_row(template, np.arange(shell.start, shell.stop), eyes[name]))
    return np.stack(rows)


def _weights(template: NDArray[np.float64], jaw: NDArray[np.float64]) -> NDArray[np.float32]:
    """From the shoulders, which stay, to the head, which turns on the neck."""
    rise = np.clip((template[:, 1] - _ROOT_CM[1]) / (_NECK_CM[1] - _ROOT_CM[1]), 0.0, 1.0)
    head = rise**2 * (3 - 2 * rise)
    weights = np.zeros((_COUNT, 5))
    weights[:, 0] = 1 - head
    weights[:, 1] = head * (1 - jaw)
    weights[:, 2] = head * jaw
    for joint, (ball, _) in enumerate(_EYES.values(), 3):
        weights[ball] = np.eye(5)[joint]
    return weights.astype(np.float32)


def _parts(
    template: NDArray[np.float64], faces: NDArray[np.int32], eyes: dict[str, NDArray[np.float64]]
) -> NDArray[np.uint8]:
    of_vertex = np.full(_COUNT, PARTS.index("skin"), np.uint8)
    of_vertex[_MOUTH_SOCKET] = of_vertex[_GUMS_AND_TONGUE] = PARTS.index("mouth")
    of_vertex[_TEETH] = PARTS.index("teeth")
    for name, (ball, shell) in _EYES.items():
        of_vertex[ball] = PARTS.index("eyes")
        rays = template[shell] - eyes[name]
        lengths = np.linalg.norm(rays, axis=1)
        ahead = np.flatnonzero(rays[:, 2] > 0.5 * lengths)
        # The cornea stands out of the ball: the eye looks where it does.
        bulge = ahead[lengths[ahead] > np.percentile(lengths[ahead], 80)]
        gaze = rays[bulge].mean(axis=0)
        cosine = rays @ gaze / (lengths * np.linalg.norm(gaze))
        of_vertex[shell][cosine > np.cos(np.radians(_IRIS_DEGREES))] = PARTS.index("iris")
    corners = of_vertex[faces]
    # The iris' rim belongs to the white, the mouth's rim to the skin.
    parts = corners.min(axis=1)
    return parts.astype(np.uint8)
