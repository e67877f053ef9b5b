"""Small heads with nothing but a surface, for drawing."""

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import LandmarkEmbedding


def made_head(vertices, f, parts=None):
    """A head of these vertices and triangles with no modes; everything hangs on the root."""
    vertices, f = np.asarray(vertices, np.float32), np.asarray(f, np.int32)
    count = len(vertices)
    weights, regressor = np.zeros((count, 5), np.float32), np.zeros((5, count), np.float32)
    weights[:, 0] = 1
    regressor[:] = 1 / count
    nothing = np.zeros((0, 3), np.float32)
    return HeadModel(
        name="made",
        v_template=vertices,
        f=f,
        shapedirs=np.zeros((count, 3, 0), np.float32),
        n_identity=0,
        posedirs=np.zeros((count, 3, 36), np.float32),
        J_regressor=regressor,
        parents=np.array([-1, 0, 1, 1, 1], np.int32),
        weights=weights,
        expression_names=(),
        landmarks=LandmarkEmbedding(np.zeros(0, np.int32), nothing, np.zeros(0, np.int32), nothing),
        face_parts=np.zeros(len(f), np.uint8) if parts is None else np.asarray(parts, np.uint8),
    )


def ellipsoid(radii=(1.0, 1.3, 0.9), rows=12, columns=20):
    """Vertices (V, 3) and triangles (F, 3), counter-clockwise from outside."""
    polar = np.pi * (np.arange(rows) + 0.5) / rows
    around = 2 * np.pi * np.arange(columns) / columns
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.sin(around)),
            np.repeat(np.cos(polar)[:, None], columns, 1),
            np.outer(np.sin(polar), np.cos(around)),
        ],
        axis=2,
    ).reshape(-1, 3)
    vertices = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]]) * radii
    top, bottom = rows * columns, rows * columns + 1
    f = []
    for column in range(columns):
        nxt = (column + 1) % columns
        f.append([top, column, nxt])
        f.append([bottom, (rows - 1) * columns + nxt, (rows - 1) * columns + column])
        for row in range(rows - 1):
            a, b = row * columns + column, row * columns + nxt
            f += [[a, a + columns, b], [b, a + columns, b + columns]]
    return vertices, np.array(f)
