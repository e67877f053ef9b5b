"""Which triangle covers which pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SHIFT = 4  # bits behind the point in the corners that OpenCV draws
_FARTHEST_PX = 30_000  # OpenCV's drawing counts in 32 bits, with 16 behind the point


class TriangleMap:
    """A picture of the numbers of triangles, drawn from far to near.

    Args:
        places: float (N, 2) xy pixels, the middle of the first pixel at (0, 0).
        f: int (F, 3) into places.
        width_px: of the picture.
        height_px: of the picture.
        nearness: float (N,), larger is nearer; without it later triangles lie over earlier ones.

    Attributes:
        triangles: int32 (height_px, width_px), -1 where there is none. Pixels that an edge only touches
            belong to the triangle too; OpenCV rounds, and now and then leaves one out whose middle is less
            than half a pixel inside.
    """

    def __init__(
        self,
        places: NDArray[np.floating],
        f: NDArray[np.integer],
        width_px: int,
        height_px: int,
        nearness: NDArray[np.floating] | None = None,
    ) -> None:
        self._places = np.clip(np.asarray(places, np.float64), -_FARTHEST_PX, _FARTHEST_PX)
        self._f = f
        self.triangles = np.full((height_px, width_px), -1, np.int32)
        order = (
            range(len(f))
            if nearness is None
            else np.argsort(nearness[f].mean(axis=1), kind="stable").tolist()
        )
        corners = np.rint(self._places * (1 << _SHIFT)).astype(np.int32)[f]
        for triangle in order:
            cv2.fillConvexPoly(self.triangles, corners[triangle], triangle, cv2.LINE_8, _SHIFT)

    def barycentrics(self, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.float32]:
        """Where in their triangles pixels lie; those on an edge are moved into the triangle.

        Args:
            rows: int (N,) of pixels that have a triangle.
            columns: int (N,).

        Returns:
            float32 (N, 3), none below 0, rows sum to 1.
        """
        first, second, third = (self._places[self._f[:, corner]] for corner in range(3))
        along, across = second - first, third - first
        area = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
        factor = np.divide(1.0, area, out=np.zeros_like(area), where=np.abs(area) > 1e-9)
        # Second and third coordinate are linear in x and y: three numbers each per triangle.
        second_share = np.stack([across[:, 1], -across[:, 0]], axis=1) * factor[:, None]
        third_share = np.stack([-along[:, 1], along[:, 0]], axis=1) * factor[:, None]
        numbers = self.triangles[rows, columns]
        offset = np.stack([columns, rows], axis=1) - first[numbers]
        shares = np.empty((len(numbers), 3), np.float32)
        shares[:, 1] = (offset * second_share[numbers]).sum(axis=1)
        shares[:, 2] = (offset * third_share[numbers]).sum(axis=1)
        shares[:, 0] = 1.0 - shares[:, 1] - shares[:, 2]
        np.clip(shares, 0.0, 1.0, out=shares)
        return shares / shares.sum(axis=1, keepdims=True)
