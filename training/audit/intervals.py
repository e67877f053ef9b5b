"""95 % intervals of a group's mean."""

from __future__ import annotations

import math

import numpy as np

from recommender.evaluation.intervals import ClusteredBootstrap, Interval

_Z = 1.959964


def mean_interval(values: np.ndarray, clusters: np.ndarray | None = None) -> Interval:
    """Mean of a group with its interval.

    Shares of independent rows by Wilson (1927), which has a width where all are right, too; everything else
    by drawing rows anew, or whole persons where rows of one person are in it.

    Args:
        values: float (N,), N > 0.
        clusters: (N,), who each row is of; None where no two rows are of one person, or nobody knows.
    """
    if clusters is None and np.isin(values, (0.0, 1.0)).all():
        return wilson(int(values.sum()), len(values))
    return ClusteredBootstrap(np.arange(len(values)) if clusters is None else clusters).mean(values)


def wilson(right: int, count: int) -> Interval:
    """A share with its interval.

    Args:
        right: 0..count.
        count: above 0.
    """
    share = right / count
    square = _Z * _Z / count
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
