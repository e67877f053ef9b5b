"""The same head with more triangles, for networks that learn from how it is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import LandmarkEmbedding
from emopoi.head.subdivision import Subdivision


def finer_head(head: HeadModel, levels: int = 1) -> HeadModel:
    """A head whose triangles became four, `levels` times, and whose surface was smoothed.

    Coefficients mean the same and joints are the same; the first vertices stand for the old ones, in their
    order. What smoothing has moved the landmarks of the mean face by is added to their offsets.

    Args:
        head: as it is.
        levels: 0 to 4.

    Raises:
        InputError: levels are out of range.
    """
    count = len(head.v_template)
    finer = Subdivision(head.f, count, levels, head.uv_f if len(head.uv) else None)
    vertices = finer.apply(head.v_template)
    weights = finer.apply(head.weights)
    # Joints as sums of the old vertices' new places: smoothing them is undone.
    smoothing = finer.apply(np.eye(count))[:count]
    joints = np.zeros((len(head.parents), len(vertices)), np.float32)
    joints[:, :count] = np.linalg.solve(smoothing.T, head.J_regressor.T.astype(np.float64)).T
    return replace(
        head,
        v_template=vertices,
        f=finer.f,
        shapedirs=finer.apply(head.shapedirs),
        posedirs=finer.apply(head.posedirs),
        J_regressor=joints,
        weights=weights / weights.sum(axis=1, keepdims=True),
        landmarks=_landmarks(head, vertices, finer.f, levels),
        uv=finer.apply_uv(head.uv) if len(head.uv) else head.uv,
        uv_f=head.uv_f if finer.uv_f is None else finer.uv_f,
        face_parts=finer.carry(head.face_parts),
    )


def _landmarks(head: HeadModel, vertices: np.ndarray, f: np.ndarray, levels: int) -> LandmarkEmbedding:
    """The landmarks in the small triangles that they lie in."""
    old = head.landmarks
    faces, shares = old.faces.astype(np.int64), old.barycentrics.astype(np.float64)
    for _ in range(levels):
        # The small triangles are those at the three corners and the middle one, whose corners lie on the
        # edges ab, bc and ca.
        child = np.where(shares.max(axis=1) >= 0.5, shares.argmax(axis=1), 3)
        inner = 1 - 2 * shares[:, [2, 0, 1]]
        outer = 2 * shares
        rows = np.flatnonzero(child < 3)
        outer[rows, child[rows]] -= 1
        # The corner triangles are (a, ab, ca), (ab, b, bc) and (ca, bc, c): shares keep their order.
        shares = np.where(child[:, None] == 3, inner, outer)
        faces = 4 * faces + child
    moved = LandmarkEmbedding(
        faces.astype(np.int32), shares.astype(np.float32), old.indices, np.zeros_like(old.offsets)
    )
    offsets = head.landmark_points(head.v_template) + old.offsets - moved.apply(vertices, f)
    return replace(moved, offsets=offsets.astype(np.float32))
