"""A small face for tests of files: two parts, a seam in its layout, a joint off the origin, odd units."""

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import LandmarkEmbedding

SIDE = 15
"""Vertices along each side of the skin's grid; the middle column is the face's plane of symmetry."""

NAMES = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "still")


def made_face(*, names: tuple[str, ...] = NAMES, uv: bool = True) -> HeadModel:
    """A bulging sheet of 225 vertices with an eye (a small sheet) before each side of it.

    The layout of the skin is cut down its middle: 240 rows. Units are centimetres.
    """
    across, down = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(1, -1, SIDE))
    skin = np.stack([7 * across, 9 * down, 6 * np.sqrt(1.6 - across**2 * 0.8 - down**2 * 0.6)], axis=-1)
    grid = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    skin_f = _sheet(grid)
    left_half = (grid[:-1, :-1].ravel() % SIDE < SIDE // 2).repeat(2)

    eye = np.array([[-1, 1, 0], [1, 1, 0], [-1, -1, 0], [1, -1, 0]], np.float64) * 0.8
    eyes = [eye + np.array([side * 3, 3, 8.2]) for side in (-1, 1)]
    first = SIDE * SIDE
    eyes_f = [_sheet(np.arange(4).reshape(2, 2)) + first + 4 * number for number in range(2)]

    vertices = np.concatenate([skin.reshape(-1, 3), *eyes]).astype(np.float32)
    f = np.concatenate([skin_f, *eyes_f]).astype(np.int32)
    parts = np.repeat([0, 1], [len(skin_f), 4]).astype(np.uint8)

    skin_uv = np.stack([(across + 1) * 0.35 + 0.02, (down + 1) * 0.45 + 0.05], axis=-1).reshape(-1, 2)
    seam = grid[:, SIDE // 2]
    uv_f = skin_f.copy()
    uv_of_seam = len(skin_uv) + np.arange(SIDE)
    right = ~left_half
    replace = np.arange(len(skin_uv))
    replace[seam] = uv_of_seam
    uv_f[right] = replace[uv_f[right]]
    skin_uv = np.concatenate([skin_uv, skin_uv[seam] + (0.04, 0)])
    skin_uv[np.setdiff1d(uv_f[right], uv_of_seam)] += (0.04, 0)
    eye_uv = np.array([[0, 0.1], [0.1, 0.1], [0, 0], [0.1, 0]])
    uv_f = np.concatenate([uv_f, *(face - first + len(skin_uv) for face in eyes_f)])
    layout = np.concatenate([skin_uv, eye_uv + np.array([0.85, 0.8]), eye_uv + np.array([0.85, 0.3])])

    near = {"jawOpen": (0, -9), "eyeBlinkLeft": (3, 3), "eyeBlinkRight": (-3, 3)}
    fields = np.zeros((len(vertices), 3, 2 + len(names)), np.float32)
    fields[:, 0, 0] = vertices[:, 0] * 0.05
    fields[:, 1, 1] = vertices[:, 1] * 0.05
    for number, name in enumerate(names):
        if name in near:
            falling = np.exp(-((vertices[:, :2] - near[name]) ** 2).sum(axis=1) / 4)
            falling[falling < 0.05] = 0
            fields[:, 1, 2 + number] = -falling
            fields[:, 2, 2 + number] = 0.5 * falling
    regressor = np.zeros((5, len(vertices)), np.float32)
    regressor[0, [0, 3]] = 1.5, -0.5
    regressor[1:, :2] = 0.5
    weights = np.zeros((len(vertices), 5), np.float32)
    weights[:, 0] = 1
    marked = np.arange(0, len(skin_f), 5, dtype=np.int32)
    return HeadModel(
        name="made face",
        v_template=vertices,
        f=f,
        shapedirs=fields,
        n_identity=2,
        posedirs=np.zeros((len(vertices), 3, 36), np.float32),
        J_regressor=regressor,
        parents=np.array([-1, 0, 1, 1, 1], np.int32),
        weights=weights,
        expression_names=names,
        landmarks=LandmarkEmbedding(
            faces=marked,
            barycentrics=np.tile(np.float32([1, 0, 0]), (len(marked), 1)),
            indices=np.arange(len(marked), dtype=np.int32),
            offsets=np.zeros((len(marked), 3), np.float32),
        ),
        unit_m=0.01,
        uv=layout.astype(np.float32) if uv else np.zeros((0, 2), np.float32),
        uv_f=uv_f.astype(np.int32) if uv else np.zeros((0, 3), np.int32),
        face_parts=parts,
        licence="made for tests",
    )


def _sheet(grid: np.ndarray) -> np.ndarray:
    """Two triangles for each cell of a grid of vertices, counter-clockwise seen from +z."""
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    return np.stack([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)], axis=1).reshape(-1, 3)
