"""Heads made up of smooth fields: a small one, and one with FLAME's very numbers."""

from functools import lru_cache

import numpy as np

from emopoi.head.closest_points import closest_points
from emopoi.head.head_model import HeadModel
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE
from emopoi.head.landmark_embedding import LandmarkEmbedding
from emopoi.head.thin_plate import ThinPlate
from emopoi.runtime.frozen_head import load_head

RADII = np.array([0.075, 0.11, 0.095])
"""Half width, height and depth of the made skull, metres."""

NAMES = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp")

FLAME_VERTICES, FLAME_FACES = 5023, 9976


def _ibug_directions():
    """Azimuth to the person's left and elevation, degrees, of the 68 points on the made skull."""
    jaw = [(-80 + 10 * i, 2 - 46 * np.sin(np.pi * i / 16)) for i in range(17)]
    brow = [(-48, 26), (-40, 31), (-31, 33), (-22, 32), (-13, 29)]
    brow += [(-azimuth, elevation) for azimuth, elevation in reversed(brow)]
    nose = [(0, 18), (0, 11), (0, 4), (0, -3), (-11, -9), (-6, -10), (0, -11), (6, -10), (11, -9)]
    eye = [(-41, 16), (-34, 20), (-26, 20), (-18, 15), (-26, 13), (-34, 13)]
    left_eye = [(-azimuth, elevation) for azimuth, elevation in (eye[i] for i in (3, 2, 1, 0, 5, 4))]
    lips = [(-22, -25), (-13, -20.5), (-5, -19.5), (0, -20), (5, -19.5), (13, -20.5), (22, -25)]
    lips += [(13, -30), (5, -32), (0, -32.5), (-5, -32), (-13, -30)]
    inner = [(-19, -25), (-7, -23.5), (0, -23.5), (7, -23.5), (19, -25), (7, -26.5), (0, -26.5), (-7, -26.5)]
    return np.radians(jaw + brow + nose + eye + left_eye + lips + inner)


def on_skull(azimuth, elevation):
    direction = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], axis=-1
    )
    return direction * RADII


IBUG_PLACES = on_skull(*_ibug_directions().T)
"""float64 (68, 3), metres."""


def _skull(rings, around, bottom=-np.pi / 2.4):
    """An open bowl turned over: one pole on top, rings down to the neck."""
    elevations = np.linspace(np.pi / 2, bottom, rings + 1)[1:]
    azimuths = np.linspace(0, 2 * np.pi, around, endpoint=False)
    grid = on_skull(*np.meshgrid(azimuths, elevations))
    vertices = np.concatenate([[[0, RADII[1], 0]], grid.reshape(-1, 3)])
    place = 1 + np.arange(rings * around).reshape(rings, around)
    right = np.roll(place, -1, axis=1)
    faces = [np.stack([np.zeros(around, int), place[0], right[0]], axis=1)]
    faces += [np.stack([place[i], place[i + 1], right[i]], axis=1) for i in range(rings - 1)]
    faces += [np.stack([right[i], place[i + 1], right[i + 1]], axis=1) for i in range(rings - 1)]
    return vertices, np.concatenate(faces)


def _ball(centre, radius, rings, around):
    vertices, faces = _skull(rings, around, -np.pi / 2 + np.pi / (rings + 1))
    last = len(vertices) - around + np.arange(around)
    bottom = np.stack([np.full(around, len(vertices)), np.roll(last, -1), last], axis=1)
    vertices = np.concatenate([vertices, [[0, -RADII[1], 0]]]) / RADII * radius + centre
    return vertices, np.concatenate([faces, bottom])


def _bump(vertices, azimuth, elevation, width, motion):
    away = np.linalg.norm(vertices - on_skull(*np.radians([azimuth, elevation])), axis=1)
    return np.exp(-((away / width) ** 2))[:, None] * np.asarray(motion)


def _expression_fields(vertices, skin):
    lower = 1 / (1 + np.exp((vertices[:, 1] - RADII[1] * np.sin(np.radians(-25))) / 0.002))
    front = np.clip(vertices[:, 2] / RADII[2], 0, 1)
    fields = [
        (lower * front)[:, None] * [0, -0.03, -0.02],
        _bump(vertices, 22, -25, 0.02, [0.007, 0.011, -0.008]),
        _bump(vertices, -22, -25, 0.02, [-0.007, 0.011, -0.008]),
        _bump(vertices, 30, 20, 0.01, [0, -0.009, 0]),
        _bump(vertices, -30, 20, 0.01, [0, -0.009, 0]),
        _bump(vertices, -13, 29, 0.02, [0, 0.006, 0]) + _bump(vertices, 13, 29, 0.02, [0, 0.006, 0]),
    ]
    return np.stack(fields, axis=-1) * skin[:, None, None]


def _waves(vertices, count, generator):
    """Smooth random fields, (V, 3, count), of about a millimetre, falling off by mode."""
    frequency = generator.normal(0, 25, (count, 3))
    phase = generator.uniform(0, 2 * np.pi, count)
    motion = generator.normal(0, 1e-3, (3, count)) / (1 + np.arange(count) / 10)
    return np.sin(vertices @ frequency.T + phase)[:, None] * motion


def _made(rings, around, ball, n_identity, generator):
    parts = [_skull(rings, around)]
    centres = [
        IBUG_PLACES[36 + 6 * (1 - side) : 42 + 6 * (1 - side)].mean(axis=0) * 0.82 for side in range(2)
    ]
    parts += [_ball(centre, 0.0125, *ball) for centre in centres]
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in parts])
    vertices = np.concatenate([vertices for vertices, _ in parts])
    faces = np.concatenate([faces + start for (_, faces), start in zip(parts, starts, strict=False)])
    of_part = np.repeat(np.arange(3), np.diff(starts))
    # In the faces' order.
    face_parts = (of_part[faces[:, 0]] > 0).astype(np.uint8)
    weights = np.zeros((len(vertices), 5))
    height = np.clip((vertices[:, 1] + 0.1) / 0.05, 0, 1)
    jaw = np.clip((-0.03 - vertices[:, 1]) / 0.03, 0, 1) * np.clip(vertices[:, 2] / 0.05, 0, 1)
    weights[:, 0], weights[:, 1], weights[:, 2] = 1 - height, height * (1 - jaw), height * jaw
    weights[of_part == 1] = np.eye(5)[3]
    weights[of_part == 2] = np.eye(5)[4]
    regressor = np.zeros((5, len(vertices)))
    for joint, (place, radius) in enumerate(
        (((0, -0.1, -0.02), 0.03), ((0, -0.06, -0.02), 0.09), ((0, -0.01, 0.02), 0.09))
    ):
        near = np.exp(-((np.linalg.norm(vertices - place, axis=1) / radius) ** 2)) * (of_part == 0)
        near[near < np.sort(near)[-40]] = 0
        regressor[joint] = near / near.sum()
    for eye in (1, 2):
        regressor[2 + eye] = (of_part == eye) / (of_part == eye).sum()
    posedirs = _waves(vertices, 36, generator)
    identity = _waves(vertices, n_identity, generator)
    return vertices, faces, face_parts, of_part, weights, regressor, posedirs, identity


@lru_cache(maxsize=4)
def small_head(n_identity=6, named=True):
    """A head of 1,000 vertices with 68 landmarks and the expressions `NAMES`, metres."""
    generator = np.random.default_rng(7)
    vertices, faces, face_parts, of_part, weights, regressor, posedirs, identity = _made(
        28, 32, (5, 10), n_identity, generator
    )
    skin = np.flatnonzero(face_parts == 0)
    found, barycentrics = closest_points(IBUG_PLACES, vertices, faces[skin])
    shapes = np.concatenate([identity, _expression_fields(vertices, of_part == 0)], axis=2)
    return HeadModel(
        name="small",
        v_template=vertices.astype(np.float32),
        f=faces.astype(np.int32),
        shapedirs=shapes.astype(np.float32),
        n_identity=n_identity,
        posedirs=posedirs.astype(np.float32),
        J_regressor=regressor.astype(np.float32),
        parents=np.array([-1, 0, 1, 1, 1], np.int32),
        weights=weights.astype(np.float32),
        expression_names=NAMES if named else (),
        landmarks=LandmarkEmbedding(
            skin[found].astype(np.int32),
            barycentrics,
            IBUG_TO_MEDIAPIPE.copy(),
            np.zeros((68, 3), np.float32),
        ),
        face_parts=face_parts,
        licence="made for tests",
    )


@lru_cache(maxsize=1)
def flame_arrays():
    """Arrays of FLAME's names, shapes and types: 5,023 vertices, 9,976 triangles, 400 modes, float64."""
    generator = np.random.default_rng(11)
    vertices, faces, _, _, weights, regressor, posedirs, identity = _made(131, 30, (17, 32), 300, generator)
    # FLAME's skin is cut open at the neck: 30 triangles of the lowest ring go, and no vertex with them.
    skin = 30 + 2 * 30 * 130
    faces = np.concatenate([faces[: skin - 30], faces[skin:]])
    assert (len(vertices), len(faces)) == (FLAME_VERTICES, FLAME_FACES)
    return {
        "v_template": vertices,
        "f": faces.astype(np.uint32),
        "shapedirs": np.concatenate([identity, _waves(vertices, 100, generator)], axis=2),
        "posedirs": posedirs,
        "J_regressor": regressor,
        "kintree_table": np.array([[4294967295, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "weights": weights,
    }


def flame_landmarks(count=105):
    """Triangles, barycentrics and MediaPipe's numbers for a FLAME-sized head; numbers None for 68 and 51."""
    arrays = flame_arrays()
    skin = arrays["f"][:7800].astype(np.int64)
    if count == 105:
        # iBUG's 51 where the made skull has them, the others between them as on a real face.
        face = load_head().v_template[:468]
        others = np.setdiff1d(np.arange(468), IBUG_TO_MEDIAPIPE)[::7][:54]
        bend = ThinPlate(face[IBUG_TO_MEDIAPIPE], IBUG_PLACES, 1.0)
        places = np.concatenate([IBUG_PLACES[17:], bend(face[others])])
        numbers = np.concatenate([IBUG_TO_MEDIAPIPE[17:], others])
    else:
        places, numbers = IBUG_PLACES[68 - count :], None
    faces, barycentrics = closest_points(places, arrays["v_template"], skin)
    return faces, barycentrics, numbers
