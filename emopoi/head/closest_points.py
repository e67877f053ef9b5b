"""The nearest place on a triangle mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

_CLUSTER = 32  # points looked up together
_OPPOSITE = -0.3  # cosine below which two directions are opposite: round a rim they differ by a right angle


def closest_points(
    points: NDArray[np.floating],
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    normals: NDArray[np.floating] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find for each point the nearest place on a mesh.

    Args:
        points: float (N, 3).
        vertices: float (V, 3).
        faces: int (F, 3), F at least 1.
        normals: float (N, 3), of the points; triangles that look the other way are passed over where there
            are others, so that a point of one lip does not land on the other.

    Returns:
        int32 (N,) triangles and float32 (N, 3) barycentrics in 0..1, rows sum to 1.

    Raises:
        InputError: there is no triangle, or shapes differ.
    """
    points, vertices = np.asarray(points, np.float64), np.asarray(vertices, np.float64)
    if faces.ndim != 2 or faces.shape[1:] != (3,) or not len(faces):
        raise InputError(f"closest points: triangles (F, 3) were expected, got {faces.shape}")
    if points.ndim != 2 or points.shape[1:] != (3,):
        raise InputError(f"closest points: (N, 3) points were expected, got {points.shape}")
    corners = vertices[faces]
    centres = corners.mean(axis=1)
    radii = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    outward = _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    looks = None if normals is None else _unit(np.asarray(normals, np.float64))
    chosen = np.zeros(len(points), np.int32)
    places = np.zeros((len(points), 3), np.float32)
    every = np.arange(len(faces))
    for cluster in _clusters(points):
        middle = points[cluster].mean(axis=0)
        reach = np.linalg.norm(points[cluster] - middle, axis=1).max()
        away = np.linalg.norm(centres - middle, axis=1)
        # From no point of the cluster is a triangle further out nearer than this.
        limit = away.min() + reach
        candidates = np.flatnonzero(away - radii - reach <= limit)
        rows = cluster
        while len(rows):
            facing = None
            if looks is not None:
                facing = looks[rows] @ outward[candidates].T > _OPPOSITE
            found, weights, distance = _closest_of(points[rows], corners[candidates], facing)
            chosen[rows], places[rows] = candidates[found], weights
            if len(candidates) == len(every):
                break
            # Where nothing near looked the right way, look everywhere.
            rows, candidates = rows[distance > limit], every
    return chosen, places


def _unit(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    return directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-300)


def _clusters(points: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Numbers of points that lie together, halved along the longest side until they are few."""
    waiting, done = [np.arange(len(points))], []
    while waiting:
        numbers = waiting.pop()
        if len(numbers) <= _CLUSTER:
            if len(numbers):
                done.append(numbers)
            continue
        axis = np.ptp(points[numbers], axis=0).argmax()
        ordered = numbers[np.argsort(points[numbers, axis])]
        waiting += [ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]]
    return done


def _closest_of(
    points: NDArray[np.float64], corners: NDArray[np.float64], facing: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Triangle, barycentrics and distance for each point; infinitely far where no triangle faces it."""
    centres = corners.mean(axis=1)
    radii = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    away = np.sqrt(((points[:, None] - centres[None]) ** 2).sum(axis=2))
    lost = np.zeros(len(points), bool)
    if facing is not None:
        lost = ~facing.any(axis=1)
        away[~facing & ~lost[:, None]] = np.inf
    # No triangle whose sphere lies beyond the nearest centre can be the nearest.
    row, candidate = np.nonzero(away - radii <= away.min(axis=1, keepdims=True))
    weights = _barycentrics_of_closest(points[row], corners[candidate])
    spots = np.einsum("nc,ncd->nd", weights, corners[candidate])
    distance = np.linalg.norm(spots - points[row], axis=1)
    order = np.lexsort((distance, row))
    first = order[np.searchsorted(row[order], np.arange(len(points)))]
    return candidate[first], weights[first], np.where(lost, np.inf, distance[first])


def _barycentrics_of_closest(
    points: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Barycentrics (N, 3) of the point of triangle n, (N, 3, 3), that is nearest to point n."""
    best = np.zeros((len(points), 3))
    nearest = np.full(len(points), np.inf)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, along = corners[:, first], corners[:, second] - corners[:, first]
        length = np.maximum((along**2).sum(axis=1), 1e-300)
        share = np.clip(((points - start) * along).sum(axis=1) / length, 0.0, 1.0)
        distance = ((start + share[:, None] * along - points) ** 2).sum(axis=1)
        better = distance < nearest
        nearest[better] = distance[better]
        best[better] = 0.0
        best[better, first] = 1.0 - share[better]
        best[better, second] = share[better]
    # A foot inside the triangle is nearer than every edge.
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    offset = points - corners[:, 0]
    a, b, c = (one * one).sum(axis=1), (one * two).sum(axis=1), (two * two).sum(axis=1)
    d, e = (offset * one).sum(axis=1), (offset * two).sum(axis=1)
    determinant = a * c - b * b
    flat = determinant <= 1e-14 * a * c
    safe = np.where(flat, 1.0, determinant)
    v, w = (c * d - b * e) / safe, (a * e - b * d) / safe
    inside = ~flat & (v >= 0) & (w >= 0) & (v + w <= 1)
    best[inside] = np.stack([1 - v - w, v, w], axis=1)[inside]
    return best
