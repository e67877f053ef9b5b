"""Figures of labelled voices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def unweighted_recall(labels: NDArray[np.integer], told: NDArray[np.integer]) -> float:
    """Mean over the labels that occur of the share of their rows that were told right (UAR).

    Args:
        labels: whole (N,), N > 0.
        told: whole (N,).
    """
    return float(np.mean([(told[labels == label] == label).mean() for label in np.unique(labels)]))


def chance_recall(labels: NDArray[np.integer]) -> float:
    """What guessing gives on average: one over the number of labels that occur."""
    return 1.0 / len(np.unique(labels))
