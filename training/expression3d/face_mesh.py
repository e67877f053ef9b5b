"""The mesh of the 468 points: triangles of the shipped head's skin, its edges, and a hierarchy for pooling.

The triangles are those of MediaPipe's canonical face without the 46 that close eyes and mouth (852; its
FACEMESH_TESSELATION has as many with other diagonals).
"""

from __future__ import annotations

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS

LEVELS = (160, 48, 16)
"""Points that stay on each level of the hierarchy."""
SPIRALS = (12, 9, 9)
"""How many neighbours of the level before each of them reads, itself among them."""


def face_triangles(head: HeadModel) -> np.ndarray:
    """Int (852, 3), numbers of MediaPipe's points."""
    return head.f[(head.f < MEDIAPIPE_POINTS).all(axis=1)]


def mesh_edges(triangles: np.ndarray) -> np.ndarray:
    """Int (E, 2), each edge once, lower number first."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(sides, axis=1), axis=0)


def edge_lengths(points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Float32 (N, E) from points (N, L, 3)."""
    apart = points[:, edges[:, 0]] - points[:, edges[:, 1]]
    return np.linalg.norm(apart, axis=2).astype(np.float32)


def length_ratios(differences: np.ndarray, template: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How far each edge is stretched against the mean face.

    Args:
        differences: float (N, L, 3), aligned points less the mean face.
        template: float (L, 3), the mean face.
        edges: int (E, 2).

    Returns:
        float32 (N, E), natural logarithms; 0 as on the mean face.
    """
    usual = edge_lengths(template[None], edges)
    lengths = edge_lengths(differences + template.astype(np.float32), edges)
    return np.log(np.maximum(lengths, 1e-4) / usual).astype(np.float32)


def neighbour_means(edges: np.ndarray, points: int = MEDIAPIPE_POINTS) -> np.ndarray:
    """Float32 (L, L): row i has equal shares at the neighbours of point i, which sum to 1."""
    means = np.zeros((points, points), np.float32)
    means[edges[:, 0], edges[:, 1]] = means[edges[:, 1], edges[:, 0]] = 1.0
    return means / means.sum(axis=1, keepdims=True)


def thinned_means(
    edges: np.ndarray, kept: np.ndarray, steps: int = 2, points: int = MEDIAPIPE_POINTS
) -> np.ndarray:
    """Shares of the neighbours between points that stay: those which a few edges reach.

    Args:
        edges: int (E, 2).
        kept: int (M,), numbers of points.
        steps: how many edges.
        points: L.

    Returns:
        float32 (M, M), rows sum to 1.
    """
    reached = np.linalg.matrix_power(neighbour_means(edges, points) + np.eye(points), steps)
    near = (reached[np.ix_(kept, kept)] > 0).astype(np.float32)
    return near / near.sum(axis=1, keepdims=True)


def mesh_distances(lengths: np.ndarray, edges: np.ndarray, points: int = MEDIAPIPE_POINTS) -> np.ndarray:
    """Float (L, L): shortest ways along edges.

    Args:
        lengths: float (E,), of the edges.
        edges: int (E, 2).
        points: L.
    """
    apart = np.full((points, points), np.inf)
    apart[edges[:, 0], edges[:, 1]] = apart[edges[:, 1], edges[:, 0]] = lengths
    np.fill_diagonal(apart, 0.0)
    for via in range(points):
        np.minimum(apart, apart[:, via : via + 1] + apart[via], out=apart)
    return apart


def spiral_hierarchy(
    vertices: np.ndarray,
    edges: np.ndarray,
    levels: tuple[int, ...] = LEVELS,
    spirals: tuple[int, ...] = SPIRALS,
) -> list[np.ndarray]:
    """Which points stay on each level, and whom they read.

    Ways are counted in edges, so more points stay where the mesh is dense, which is where faces move: by
    plain lengths most would lie on cheeks and forehead.

    Points stay where they are farthest from those that stay already (Eldar et al. 1997, farthest point
    sampling), by ways along the mesh: an upper lip is far from the lower one, however near they lie. Whom a
    point reads is sorted by the way, and of about equal ways by the angle: the spiral.

    Args:
        vertices: float (L, 3), the mean face.
        edges: int (E, 2).
        levels: how many points stay.
        spirals: how many each of them reads.

    Returns:
        For each level int (M, K), numbers within the level before.
    """
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    # The length decides between ways of as many edges.
    apart = mesh_distances(1 + 0.1 * lengths / lengths.mean(), edges, len(vertices))
    steps, kept = [], np.arange(len(vertices))
    for count, width in zip(levels, spirals, strict=True):
        within = apart[np.ix_(kept, kept)]
        # From the tip of the nose, whose way to everywhere is the shortest on the mean.
        chosen = [int(within.mean(axis=1).argmin())]
        nearest = within[chosen[0]].copy()
        while len(chosen) < count:
            chosen.append(int(nearest.argmax()))
            np.minimum(nearest, within[chosen[-1]], out=nearest)
        places = vertices[kept]
        steps.append(np.stack([_spiral(places, within[centre], centre, width) for centre in chosen]))
        kept = kept[chosen]
    return steps


def _spiral(places: np.ndarray, way: np.ndarray, centre: int, width: int) -> np.ndarray:
    near = np.argsort(way, kind="stable")[:width]
    rest = near[near != centre][: width - 1]
    across = places[rest] - places[centre]
    ring = np.argsort(np.argsort(way[rest], kind="stable")) // 6
    order = np.lexsort((np.arctan2(across[:, 1], across[:, 0]), ring))
    return np.concatenate([[centre], rest[order]]).astype(np.int32)
