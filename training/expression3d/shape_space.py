"""The few directions in which faces differ: networks train on them and are unfolded to points for the export.

What the landmark network gives lies in a space of few dimensions: 96 directions hold 99.97 % of the variance
of 468 points and the head's turn. A network that reads them trains ten times as fast as one that reads
points, and its first layer times the directions is a layer on points, with nothing approximated.

Faces and their mirror images count alike, so each direction is its own mirror image, or its own with the
other sign: a face is mirrored by changing signs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emopoi.head.face_numbers import face_mirror


@dataclass(frozen=True, eq=False)
class ShapeSpace:
    """Where faces lie.

    Attributes:
        mean: float32 (K,).
        directions: float32 (K, D), orthonormal, the widest first.
        spread: float32 (D,), standard deviation along each.
        signs: float32 (D,), 1 or -1: what a mirror does.
    """

    mean: np.ndarray
    directions: np.ndarray
    spread: np.ndarray
    signs: np.ndarray

    def numbers(self, faces: np.ndarray) -> np.ndarray:
        """Float32 (N, D), each of variance 1, from faces float32 (N, K)."""
        return ((faces - self.mean) @ (self.directions / self.spread)).astype(np.float32)

    def as_layer(self) -> list[np.ndarray]:
        """Weights float32 (K, D) and offsets float32 (D,) of a layer that gives numbers of faces."""
        weights = self.directions / self.spread
        return [weights.astype(np.float32), (-self.mean @ weights).astype(np.float32)]


def find_shape_space(faces: np.ndarray, mirror: np.ndarray, count: int) -> ShapeSpace:
    """Principal directions of faces and their mirror images.

    Args:
        faces: float32 (N, 3 L + 3), aligned points one after the other, and the head's turn.
        mirror: int (L,), the number of the point that lies where each point's mirror image does.
        count: of directions.
    """
    order, sides = face_mirror(mirror)
    mean = faces.mean(axis=0, dtype=np.float64)
    mean = ((mean + mean[order] * sides) / 2).astype(np.float32)
    apart = faces - mean
    shared = apart.T @ apart / len(faces)
    shared = (shared + shared[np.ix_(order, order)] * sides[:, None] * sides) / 2
    variances, directions = np.linalg.eigh(shared.astype(np.float64))
    widest = np.argsort(-variances)[:count]
    directions = directions[:, widest]
    signs = np.sign((directions * (directions[order] * sides[:, None])).sum(axis=0))
    spread = np.sqrt(np.maximum(variances[widest], 1e-12))
    return ShapeSpace(
        mean, directions.astype(np.float32), spread.astype(np.float32), signs.astype(np.float32)
    )
