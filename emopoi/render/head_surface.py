"""What is drawn of a head: a finer, smooth surface, its parts apart and each in its colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.subdivision import Subdivision
from emopoi.types.face_coefficients import JOINTS

_MOST_LEVELS = 4
_LINEAR_COLOURS = {
    "skin": (0.55, 0.45, 0.385),
    "eyes": (0.72, 0.71, 0.69),
    "teeth": (0.70, 0.67, 0.60),
    "mouth": (0.24, 0.075, 0.07),
    "iris": (0.095, 0.13, 0.16),
}
_GLOSS = {"skin": 0.07, "eyes": 0.45, "teeth": 0.2, "mouth": 0.1, "iris": 0.45}
_PUPIL = (0.008, 0.008, 0.008)
# Seen from the middle of an eyeball of 12 mm: an iris of 11.7 mm across, a pupil of 4 mm.
_IRIS_RAD, _PUPIL_RAD = 0.50, 0.17
_EYES = ("left_eye", "right_eye")


class HeadSurface:
    """The drawn surface of one head.

    Args:
        head: whose vertices come to `mesh`.
        levels: times that each triangle becomes four, 0 to 4; None takes as many as `most_triangles` allow.
        most_triangles: about a twelfth of the pixels of a picture; finer ones show nothing more.

    Attributes:
        f: int32 (F', 3), triangles, counter-clockwise from outside.
        colours: float32 (N, 3), linear RGB of the surface, 0..1.
        gloss: float32 (N,), 0..1.

    Raises:
        InputError: levels out of range.
    """

    def __init__(self, head: HeadModel, levels: int | None = None, *, most_triangles: int = 30_000) -> None:
        if levels is None:
            levels = 0
            while levels < _MOST_LEVELS and len(head.f) * 4 ** (levels + 1) <= most_triangles:
                levels += 1
        self._finer = Subdivision(head.f, len(head.v_template), levels)
        parts = self._finer.carry(head.face_parts).astype(np.int64)
        self._used, joined = np.unique(self._finer.f, return_inverse=True)
        self._joined_f = joined.reshape(-1, 3)
        by_vertex = np.argsort(self._joined_f.ravel(), kind="stable")
        self._triangle_of = by_vertex // 3
        counts = np.bincount(self._joined_f.ravel())
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        # A vertex between two parts is there twice, so that no colour runs over.
        split, corner_of = np.unique(self._joined_f * len(PARTS) + parts[:, None], return_inverse=True)
        self.f = corner_of.reshape(-1, 3).astype(np.int32)
        self._joined, part_of = split // len(PARTS), split % len(PARTS)
        self.colours = np.array([_LINEAR_COLOURS[part] for part in PARTS], np.float32)[part_of]
        self.gloss = np.array([_GLOSS[part] for part in PARTS], np.float32)[part_of]
        self._paint_eyes(head, part_of)

    def mesh(self, vertices: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The drawn surface of a posed head.

        Args:
            vertices: float (V, 3) of the head; y up, z to the viewer, all axes in one unit.

        Returns:
            float32 (N, 3) places and float32 (N, 3) normals of unit length, out of the surface; triangles
            weigh by their area.
        """
        places = self._finer.apply(np.asarray(vertices, np.float32))[self._used]
        first, second, third = (places[self._joined_f[:, corner]] for corner in range(3))
        x, y, z = (second - first).T
        u, v, w = (third - first).T
        across = np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=1)
        sums = np.add.reduceat(across[self._triangle_of], self._starts, axis=0)
        length = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        normals = sums / np.maximum(length, np.float32(1e-12))[:, None]
        return places[self._joined], normals[self._joined]

    def _paint_eyes(self, head: HeadModel, part_of: NDArray[np.integer]) -> None:
        """Pupils, and irises where the head has no triangles of their own for them."""
        eyeballs = np.isin(part_of, [PARTS.index("eyes"), PARTS.index("iris")])
        if not eyeballs.any():
            return
        places = self.mesh(head.v_template)[0][eyeballs]
        middles = (head.J_regressor @ head.v_template)[[JOINTS.index(name) for name in _EYES]]
        away = places[:, None] - middles
        nearer = np.linalg.norm(away, axis=2).argmin(axis=1)
        away = away[np.arange(len(places)), nearer]
        angle = np.arctan2(np.hypot(away[:, 0], away[:, 1]), away[:, 2])
        colours = self.colours[eyeballs]
        if PARTS.index("iris") not in part_of:
            colours[angle < _IRIS_RAD] = _LINEAR_COLOURS["iris"]
        colours[angle < _PUPIL_RAD] = _PUPIL
        self.colours[eyeballs] = colours
