"""What points add to pixels: both networks' answers together, weighed on faces that are not scored."""

from __future__ import annotations

from typing import Any

import numpy as np

WEIGHTS = np.round(np.linspace(0.0, 1.0, 21), 2)
_FLOOR = 1e-4


def fuse(pixels: np.ndarray, points: np.ndarray, weight: float) -> np.ndarray:
    """Product of experts (Hinton 2002) with a weight.

    Args:
        pixels: float (N, 7) probabilities.
        points: float (N, 7).
        weight: of the points; 0 leaves pixels alone.

    Returns:
        float (N, 7), rows sum to 1.
    """
    logits = np.log(np.maximum(pixels, _FLOOR)) + weight * np.log(np.maximum(points, _FLOOR))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def fusion_figures(
    pixels: np.ndarray, points: np.ndarray, labels: np.ndarray, parts: int = 5
) -> dict[str, Any]:
    """Accuracy of both together against pixels alone.

    Args:
        pixels: float (N, 7) probabilities.
        points: float (N, 7).
        labels: int (N,).
        parts: the weight for each part of the faces is chosen on the other parts.

    Returns:
        pixels, points and fused (accuracies), gain (fused less pixels), standard_error of the gain, weights.
    """
    part = np.random.default_rng(0).permutation(len(labels)) % parts
    fused, weights = np.zeros(len(labels), int), []
    for number in range(parts):
        others = part != number
        right = [
            (fuse(pixels[others], points[others], weight).argmax(axis=1) == labels[others]).mean()
            for weight in WEIGHTS
        ]
        weights.append(float(WEIGHTS[int(np.argmax(right))]))
        fused[~others] = fuse(pixels[~others], points[~others], weights[-1]).argmax(axis=1)
    before, after = pixels.argmax(axis=1) == labels, fused == labels
    changed = after.astype(float) - before
    return {
        "n": len(labels),
        "pixels": round(float(before.mean()), 4),
        "points": round(float((points.argmax(axis=1) == labels).mean()), 4),
        "fused": round(float(after.mean()), 4),
        "gain": round(float(changed.mean()), 4),
        "standard_error": round(float(changed.std() / np.sqrt(len(labels))), 4),
        "weights": weights,
    }
