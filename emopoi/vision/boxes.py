"""Geometry of face boxes: overlap, containment, merging of repeated finds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def overlap(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of every box with every other box.

    Args:
        boxes: float (N, 4) xyxy pixels.
        others: float (M, 4) xyxy pixels.

    Returns:
        float64 (N, M), 0..1; 0 where either box is empty.
    """
    shared, areas, other_areas = _intersections(boxes, others)
    union = areas[:, None] + other_areas[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def containment(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Share of the smaller of two boxes that lies in the larger one.

    Args:
        boxes: float (N, 4) xyxy pixels.
        others: float (M, 4) xyxy pixels.

    Returns:
        float64 (N, M), 0..1; 1 where one box lies inside the other.
    """
    shared, areas, other_areas = _intersections(boxes, others)
    smaller = np.minimum(areas[:, None], other_areas[None, :])
    return np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0)


def _intersections(
    boxes: NDArray[np.floating], others: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    first = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    second = np.asarray(others, dtype=np.float64).reshape(-1, 4)
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=2)
    areas = np.prod(np.maximum(first[:, 2:] - first[:, :2], 0.0), axis=1)
    other_areas = np.prod(np.maximum(second[:, 2:] - second[:, :2], 0.0), axis=1)
    return shared, areas, other_areas


def weighted_suppression(
    boxes: NDArray[np.floating],
    points: NDArray[np.floating],
    scores: NDArray[np.floating],
    *,
    minimum_overlap: float = 0.3,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Merge finds of the same face into their score-weighted mean.

    Blending instead of dropping the weaker finds steadies the box from frame to frame
    (Bazarevsky et al. 2019, "BlazeFace", section 3.4).

    Args:
        boxes: float (N, 4) xyxy pixels.
        points: float (N, K, 2) xy pixels.
        scores: float (N,) above 0.
        minimum_overlap: intersection over union from which two boxes are one face.

    Returns:
        boxes (M, 4), points (M, K, 2), scores (M,): the best score of each group, descending.
    """
    boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    points = np.asarray(points, dtype=np.float64)
    scores = np.asarray(scores, dtype=np.float64)
    merged_boxes, merged_points, merged_scores = [], [], []
    # Ties are broken by place, so that the order of the input does not matter.
    rest = np.lexsort((boxes[:, 1], boxes[:, 0], -scores))
    while rest.size:
        best = rest[0]
        same = overlap(boxes[best : best + 1], boxes[rest])[0] > minimum_overlap
        same[0] = True
        group = rest[same]
        weights = scores[group] / scores[group].sum()
        merged_boxes.append(weights @ boxes[group])
        merged_points.append(np.tensordot(weights, points[group], axes=1))
        merged_scores.append(scores[best])
        rest = rest[~same]
    if not merged_boxes:
        return boxes[:0], points[:0], scores[:0]
    return np.stack(merged_boxes), np.stack(merged_points), np.array(merged_scores)
