"""Which triangle of a mesh is nearest at each pixel, in NumPy, for many meshes at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

_THINNEST_PX = 1e-3  # twice the area of a triangle: float32 knows no place inside of a thinner one
_DEPTHS = 1 << 30  # steps between the farthest and the nearest point
_TRIANGLE_BITS = 32
_TOGETHER = 4_000  # triangles that are worked on in one go: more of them leave the processor's cache


class Rasterizer:
    """Draws the numbers of triangles, the nearest in front; those seen from behind are not drawn.

    Rows of pixels are cut by each triangle (scan lines), so that no pixel beside it is looked at. A pixel
    is covered where its middle, a whole number, lies in the triangle or on its border; neighbours work out
    their common border from the same two numbers, so there are no holes between them.

    Args:
        f: int (F, 3), counter-clockwise from outside.
        size_px: side of the square picture.

    Raises:
        InputError: triangles of another shape or a size below 1.
    """

    def __init__(self, f: NDArray[np.integer], size_px: int) -> None:
        if f.ndim != 2 or f.shape[1] != 3 or f.dtype.kind not in "iu" or not len(f) or f.min() < 0:
            raise InputError(f"f: numbers of vertices, (F, 3), were expected, got {f.dtype} {f.shape}")
        if size_px < 1:
            raise InputError(f"size_px: at least 1 was expected, got {size_px}")
        self.size_px = int(size_px)
        self._corners = np.ascontiguousarray(f.T.astype(np.intp))
        self._lowest = int(f.max()) + 1

    def draw(self, places: NDArray[np.floating]) -> NDArray[np.int32]:
        """Draw each mesh into a picture of its own.

        Args:
            places: float (N, V, 3), x, y (down) in pixels and nearness, see `emopoi.head.head_model.project`.
                A triangle with a corner that is not finite is not drawn.

        Returns:
            int32 (N, size_px, size_px), the number of the nearest triangle, -1 where there is none.

        Raises:
            InputError: another shape, or fewer vertices than the triangles ask for.
        """
        if places.ndim != 3 or places.shape[2] != 3 or places.shape[1] < self._lowest:
            raise InputError(
                f"places: float (N, V, 3) with at least {self._lowest} vertices was expected, "
                f"got {places.shape}"
            )
        count = len(places)
        result = np.empty((count, self.size_px, self.size_px), np.int32)
        together = max(1, _TOGETHER // self._corners.shape[1])
        for start in range(0, count, together):
            rows = slice(start, start + together)
            self._draw(np.asarray(places[rows], np.float64), result[rows])
        return result

    def _draw(self, places: NDArray[np.float64], result: NDArray[np.int32]) -> None:
        size = self.size_px
        x, y = (np.take(places[..., axis], self._corners, axis=1) for axis in range(2))
        # (N, 3, F) each; a triangle's corners run clockwise in the picture, whose y points down.
        with np.errstate(invalid="ignore"):
            area = (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
            area -= (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
            image, triangle = np.nonzero((area > _THINNEST_PX) & np.isfinite(area))
        corners = image * places.shape[1] + np.take(self._corners, triangle, axis=1)
        x, y, near = (np.take(places[..., axis], corners) for axis in range(3))
        top, bottom = np.ceil(y.min(axis=0)), np.floor(y.max(axis=0))
        left, right = np.ceil(x.min(axis=0)), np.floor(x.max(axis=0))
        # Small ones may lie between two rows or two columns of middles.
        drawn = (
            (top <= bottom) & (top < size) & (bottom >= 0) & (left <= right) & (left < size) & (right >= 0)
        )
        drawn &= np.isfinite(near.sum(axis=0))
        image, triangle = image[drawn], triangle[drawn]
        x, y, near = (np.compress(drawn, values, axis=1) for values in (x, y, near))
        keys = np.full(len(places) * size * size, -1, np.int64)
        if len(image):
            (ax, ay), (bx, by) = ((x[k] - x[0], y[k] - y[0]) for k in (1, 2))
            # The plane through the corners: nearness rises by so much along x and y.
            da, db = near[1] - near[0], near[2] - near[0]
            factor = 1.0 / (bx * ay - ax * by)
            rise_x, rise_y = (db * ay - da * by) * factor, (da * bx - db * ax) * factor
            base = near[0] - rise_x * x[0] - rise_y * y[0]
            first = np.clip(top[drawn], 0, size - 1).astype(np.int64)
            last = np.clip(bottom[drawn], 0, size - 1).astype(np.int64)
            lines = last - first + 1
            span = np.repeat(np.arange(len(image)), lines)
            row = np.arange(len(span)) - np.repeat(np.cumsum(lines) - lines - first, lines)
            start, stop = self._cut(x, y, span, row)
            kept = start <= stop
            span, row, start, width = span[kept], row[kept], start[kept], (stop - start + 1)[kept]
            farthest, nearest = near.min(), near.max()
            step = _DEPTHS / max(nearest - farthest, 1e-12)
            depth = (base - farthest)[span] + rise_y[span] * row
            # Pixels: where in its span each one lies.
            ends = np.cumsum(width)
            fragment = np.repeat(np.arange(len(span)), width)
            column = np.arange(len(fragment)) - (ends - width - start)[fragment]
            height = (depth * step)[fragment] + (rise_x[span] * step)[fragment] * column
            height = np.clip(height, 0, _DEPTHS).astype(np.int64)
            pixel = ((image[span] * size + row) * size)[fragment] + column
            np.maximum.at(keys, pixel, (height << _TRIANGLE_BITS) | triangle[span][fragment])
        seen = (keys & ((1 << _TRIANGLE_BITS) - 1)).astype(np.int32)
        result[...] = np.where(keys < 0, np.int32(-1), seen).reshape(result.shape)

    def _cut(
        self, x: NDArray[np.float64], y: NDArray[np.float64], span: NDArray[np.int64], row: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last column of triangles `span` in rows `row`; the last before the first where none."""
        order = np.argsort(y, axis=0, kind="stable")
        x, y = np.take_along_axis(x, order, axis=0), np.take_along_axis(y, order, axis=0)
        # From the highest corner to the lowest, and the same way by the middle one.
        slope = np.zeros_like(x)
        for edge, (high, low) in enumerate(((0, 2), (0, 1), (1, 2))):
            fall = y[low] - y[high]
            np.divide(x[low] - x[high], fall, out=slope[edge], where=fall > 0)
        one = x[0, span] + (row - y[0, span]) * slope[0, span]
        middle = y[1, span]
        corner = (row > middle).astype(np.int64)
        other = x[corner, span] + (row - y[corner, span]) * slope[1 + corner, span]
        # A row through a level upper edge starts at the middle corner.
        other = np.where(row == middle, x[1, span], other)
        low = np.maximum(np.ceil(np.minimum(one, other)), 0)
        high = np.minimum(np.floor(np.maximum(one, other)), self.size_px - 1)
        return low.astype(np.int64), np.maximum(high, -1).astype(np.int64)
