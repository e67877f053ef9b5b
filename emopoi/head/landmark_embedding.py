"""Where on a head's surface the points of MediaPipe's face mesh lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

MEDIAPIPE_POINTS = 468


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkEmbedding:
    """Points on triangles, each standing for one point of MediaPipe's mesh.

    Attributes:
        faces: int32 (L,), triangle of each point.
        barycentrics: float32 (L, 3), its place in the triangle; rows sum to 1.
        indices: int32 (L,), its number in MediaPipe's mesh, 0..467.
        offsets: float32 (L, 3), from the surface to where MediaPipe marks the point on a head of average
            shape, units of the head: what the network means by a point is not always on the skin.

    Raises:
        InputError: shapes differ, or a number is out of range or not finite.
    """

    faces: NDArray[np.int32]
    barycentrics: NDArray[np.float32]
    indices: NDArray[np.int32]
    offsets: NDArray[np.float32]

    def __post_init__(self) -> None:
        count = len(self.faces)
        shapes = (self.barycentrics.shape, self.indices.shape, self.offsets.shape)
        if self.faces.ndim != 1 or shapes != ((count, 3), (count,), (count, 3)):
            raise InputError(f"landmarks: (L, 3), (L,) and (L, 3) were expected for {count}, got {shapes}")
        if count and not (0 <= self.indices.min() and self.indices.max() < MEDIAPIPE_POINTS):
            raise InputError(
                f"landmarks: numbers 0 to {MEDIAPIPE_POINTS - 1} were expected, "
                f"got {self.indices.min()} to {self.indices.max()}"
            )
        if count and not np.allclose(self.barycentrics.sum(axis=1), 1.0, atol=1e-3):
            raise InputError("landmarks: barycentric coordinates that sum to 1 were expected")
        if not np.isfinite(self.offsets).all():
            raise InputError("landmarks: offsets that are not finite")

    def __len__(self) -> int:
        return len(self.faces)

    def apply(self, field: NDArray[np.floating], f: NDArray[np.integer]) -> NDArray[np.floating]:
        """Value of a field over vertices at the points; offsets are not added.

        Args:
            field: float (V, ...), such as vertices or blendshapes.
            f: int (F, 3), triangles.

        Returns:
            float (L, ...).
        """
        corners = field[f[self.faces]]
        return np.einsum("lc,lc...->l...", self.barycentrics.astype(corners.dtype), corners)
