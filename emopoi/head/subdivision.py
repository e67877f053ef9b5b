"""A smoother mesh of the same head: Loop's subdivision as a linear operator.

Loop 1987, "Smooth subdivision surfaces based on triangles", with his own weights; open borders (eyelids
and lips are cut open) become cubic B-splines, as in Hoppe et al. 1994, "Piecewise smooth surface
reconstruction".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

_HIGHEST_LEVEL = 4  # 256 triangles from each


class Subdivision:
    """What subdividing one mesh does to values on it, worked out once.

    A triangle (a, b, c) becomes four, side by side in the result: at a, at b, at c, and the middle one.
    The first `vertices_count` vertices of the result stand for those of the mesh, moved; the others lie on
    its edges. Where a border is no curve (three triangles on an edge, two borders in one vertex), a vertex
    stays where it is.

    Args:
        f: int (F, 3), triangles.
        vertices_count: V, of the mesh.
        levels: how many times each triangle becomes four, 0 to 4.
        uv_f: int (F, 3), triangles of the texture's layout.

    Attributes:
        f: int32 (F 4^levels, 3).
        uv_f: int32 (F 4^levels, 3), or None.
        vertices_count: V' of the result.

    Raises:
        InputError: shapes or numbers of the triangles do not fit, or levels are out of range.
    """

    def __init__(
        self,
        f: NDArray[np.integer],
        vertices_count: int,
        levels: int = 1,
        uv_f: NDArray[np.integer] | None = None,
    ) -> None:
        if not 0 <= levels <= _HIGHEST_LEVEL:
            raise InputError(f"levels: 0 to {_HIGHEST_LEVEL} were expected, got {levels}")
        self.f = _checked("f", f, vertices_count)
        self.uv_f = None if uv_f is None else _checked("uv_f", uv_f, None)
        if self.uv_f is not None and self.uv_f.shape != self.f.shape:
            raise InputError(f"uv_f: {self.f.shape} as in f was expected, got {self.uv_f.shape}")
        self.levels = levels
        self.vertices_count = vertices_count
        self._given = vertices_count
        self._steps: list[_Step] = []
        self._uv_ends: list[NDArray[np.int32]] = []
        self._uv_given = 0 if self.uv_f is None or not self.uv_f.size else int(self.uv_f.max()) + 1
        uv_count = self._uv_given
        for _ in range(levels):
            edges = _Edges(self.f, self.vertices_count)
            self._steps.append(_Step(self.f, self.vertices_count, edges))
            self.f = _quartered(self.f, self.vertices_count + edges.of_corner)
            self.vertices_count += len(edges.ends)
            if self.uv_f is not None:
                uv_edges = _Edges(self.uv_f, uv_count)
                self._uv_ends.append(uv_edges.ends)
                self.uv_f = _quartered(self.uv_f, uv_count + uv_edges.of_corner)
                uv_count += len(uv_edges.ends)

    def apply(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Values on the vertices of the result, such as places or blendshapes.

        Args:
            values: float (V, ...).

        Returns:
            float (V', ...) of the same type.

        Raises:
            InputError: not a value for each vertex.
        """
        if values.ndim < 1 or len(values) != self._given:
            raise InputError(f"values: ({self._given}, ...) was expected, got {values.shape}")
        rows = np.ascontiguousarray(values.reshape(self._given, -1))
        for step in self._steps:
            rows = step.apply(rows)
        return rows.reshape(len(rows), *values.shape[1:])

    def apply_uv(self, uv: NDArray[np.floating]) -> NDArray[np.floating]:
        """The texture's layout for `uv_f`: middles of edges, so that no colour moves.

        Args:
            uv: float (U, 2), for the uv_f that was given.

        Returns:
            float (U', 2) of the same type.

        Raises:
            InputError: there is no uv_f, or it asks for more rows.
        """
        if self.uv_f is None or uv.ndim != 2 or len(uv) < self._uv_given:
            raise InputError(
                f"uv: ({self._uv_given}, 2) or more was expected, got {uv.shape}"
                if self.uv_f is not None
                else "uv: this subdivision was made without uv_f"
            )
        uv = uv[: self._uv_given]
        for ends in self._uv_ends:
            uv = np.concatenate([uv, (uv[ends[:, 0]] + uv[ends[:, 1]]) * uv.dtype.type(0.5)])
        return uv

    def carry(self, face_values: NDArray) -> NDArray:
        """What belongs to triangles, such as `HeadModel.face_parts`, for those of the result.

        Args:
            face_values: any (F, ...).

        Returns:
            (F 4^levels, ...) of the same type.
        """
        return np.repeat(face_values, 4**self.levels, axis=0)


class _Edges:
    """The edges of triangles, each once.

    Attributes:
        ends: int32 (N, 2), vertices of each edge, the lower first.
        of_corner: int32 (F, 3), the edge from each corner to the next one.
        counts: int (N,), triangles at each edge.
    """

    def __init__(self, f: NDArray[np.int32], vertices_count: int) -> None:
        ends = np.sort(np.stack([f, np.roll(f, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1).astype(np.int64)
        keys, corner, counts = np.unique(
            ends[:, 0] * vertices_count + ends[:, 1], return_inverse=True, return_counts=True
        )
        self.ends = np.stack([keys // max(vertices_count, 1), keys % max(vertices_count, 1)], axis=1).astype(
            np.int32
        )
        self.of_corner = corner.reshape(-1, 3).astype(np.int32)
        self.counts = counts


class _Step:
    """One level: tables of vertices and weights.

    New places on the edges come first from four vertices (inside) or two (on the border). A vertex keeps
    `kept` of itself and takes the rest from its neighbours; vertices stand in order of their number of
    neighbours, so that the k-th neighbours of those that have one are one slice.
    """

    def __init__(self, f: NDArray[np.int32], count: int, edges: _Edges) -> None:
        inside = edges.counts == 2
        self.inside = np.flatnonzero(inside)
        self.border = np.flatnonzero(~inside)
        self.inside_ends = edges.ends[self.inside].T.copy()
        self.border_ends = edges.ends[self.border].T.copy()
        self.edge_count = len(edges.ends)
        # The third corner of a triangle lies across the edge that starts one corner later.
        across = np.roll(f, 1, axis=1).ravel()
        by_edge = np.argsort(edges.of_corner.ravel(), kind="stable")
        starts = np.concatenate([[0], np.cumsum(edges.counts)[:-1]]).astype(np.int64)
        self.inside_across = across[by_edge[starts[self.inside][None] + np.arange(2)[:, None]]]

        border_count = np.bincount(self.border_ends.ravel(), minlength=count)
        on_curve = (border_count == 2) & (np.bincount(self._crowded(edges), minlength=count) == 0)
        free = border_count == 0
        # Inside a surface all edges count; on a border those along it.
        sources, targets = [], []
        for one, other in ((0, 1), (1, 0)):
            at, to = edges.ends[:, one], edges.ends[:, other]
            taken = free[at] | (on_curve[at] & ~inside)
            sources.append(at[taken])
            targets.append(to[taken])
        source, target = np.concatenate(sources), np.concatenate(targets)
        valence = np.bincount(source, minlength=count)
        share = np.zeros(count)
        many = np.maximum(valence, 1)
        share[free] = ((0.625 - (0.375 + 0.25 * np.cos(2 * np.pi / many)) ** 2) / many)[free]
        share[on_curve] = 0.125
        share[valence == 0] = 0.0
        kept = 1.0 - valence * share

        self.order = np.argsort(-valence, kind="stable")
        self.kept, self.share = kept[self.order, None], share[self.order, None]
        source_order = np.argsort(source, kind="stable")
        target = target[source_order]
        first = np.concatenate([[0], np.cumsum(valence)[:-1]]).astype(np.int64)
        sorted_valence = valence[self.order]
        self.neighbours = [
            target[first[self.order[: int(np.searchsorted(-sorted_valence, -rank, side="left"))]] + rank]
            for rank in range(int(valence.max(initial=0)))
        ]
        self._by_type: dict[np.dtype, tuple[NDArray, NDArray]] = {}

    @staticmethod
    def _crowded(edges: _Edges) -> NDArray[np.int32]:
        """Vertices of edges where three triangles or more meet: no border to follow."""
        return edges.ends[edges.counts > 2].ravel()

    def apply(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        count, kind = len(values), values.dtype
        result = np.empty((count + self.edge_count, values.shape[1]), kind)
        ends, across, border = self.inside_ends, self.inside_across, self.border_ends
        middle = np.take(values, ends[0], axis=0)
        middle += np.take(values, ends[1], axis=0)
        middle *= 3
        middle += np.take(values, across[0], axis=0)
        middle += np.take(values, across[1], axis=0)
        middle *= kind.type(0.125)
        result[count + self.inside] = middle
        result[count + self.border] = (values[border[0]] + values[border[1]]) * kind.type(0.5)

        if kind not in self._by_type:
            self._by_type[kind] = (self.kept.astype(kind), self.share.astype(kind))
        kept, share = self._by_type[kind]
        around = np.zeros_like(values)
        for neighbour in self.neighbours:
            around[: len(neighbour)] += np.take(values, neighbour, axis=0)
        around *= share
        around += kept * np.take(values, self.order, axis=0)
        result[self.order] = around
        return result


def _quartered(f: NDArray[np.int32], middles: NDArray[np.integer]) -> NDArray[np.int32]:
    a, b, c = f.T
    ab, bc, ca = middles.T
    corners = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.stack([np.stack(corner, axis=1) for corner in corners], axis=1).reshape(-1, 3).astype(np.int32)


def _checked(name: str, f: NDArray[np.integer], count: int | None) -> NDArray[np.int32]:
    if f.ndim != 2 or f.shape[1] != 3 or f.dtype.kind not in "iu":
        raise InputError(f"{name}: whole numbers of shape (F, 3) were expected, got {f.dtype} {f.shape}")
    if f.size and (f.min() < 0 or (count is not None and f.max() >= count)):
        top = "" if count is None else f" to {count - 1}"
        raise InputError(f"{name}: numbers of vertices 0{top} were expected, got {f.min()} to {f.max()}")
    return f.astype(np.int32)
