"""Metrics as plain functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError


def confusion_matrix(
    true: NDArray[np.integer], found: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """Counts, int64 (classes, classes): row the true class, column the found one."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (true, found), 1)
    return matrix


def macro_f1(confusion: NDArray[np.int64], missed: NDArray[np.int64] | None = None) -> float:
    """Mean F1 over the classes that occur, 0..1.

    Args:
        confusion: int64 (K, K), row the true class, column the found one.
        missed: int64 (K,), rows of each true class for which nothing was found: false
            negatives that no column of `confusion` holds.
    """
    hits = np.diag(confusion).astype(float)
    labelled = confusion.sum(1) + (0 if missed is None else missed)
    total = confusion.sum(0) + labelled
    present = labelled > 0
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return float(f1[present].mean()) if present.any() else 0.0


def expected_calibration_error(
    probabilities: NDArray[np.floating], true: NDArray[np.integer], bins: int = 15
) -> float:
    """How far confidence is from accuracy, 0..1 (Guo et al. 2017, equal-width bins).

    Args:
        probabilities: float (N, K), rows sum to one.
        true: int (N,).
        bins: number of bins over the top probability.

    Raises:
        InputError: no rows, or the lengths differ.
    """
    if len(true) == 0 or len(true) != len(probabilities):
        raise InputError(f"rows: {len(probabilities)} probabilities and {len(true)} labels")
    top = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == true
    place = np.minimum((top * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        chosen = place == index
        if chosen.any():
            error += chosen.mean() * abs(float(top[chosen].mean()) - float(hit[chosen].mean()))
    return float(error)


def distribution_median(distribution: NDArray[np.floating]) -> NDArray[np.int64]:
    """The first column at which half of each row's mass is reached: the age that a profile tells.

    Args:
        distribution: float (N, K), rows sum to one.

    Returns:
        int64 (N,), 0..K-1.
    """
    cumulative = np.cumsum(np.asarray(distribution, np.float64), axis=1)
    return np.argmax(cumulative / cumulative[:, -1:] >= 0.5, axis=1)


def distribution_quantile(distribution: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    """The place below which `share` of each row's mass lies, in units of columns.

    Column k holds the mass of [k, k + 1), spread evenly, shifted by half so that all mass in
    column k has its median at k.

    Args:
        distribution: float (N, K), rows sum to one.
        share: 0..1.

    Returns:
        float64 (N,).
    """
    cumulative = np.cumsum(np.asarray(distribution, np.float64), axis=1)
    cumulative /= cumulative[:, -1:]
    place = np.argmax(cumulative >= share - 1e-12, axis=1)
    rows = np.arange(len(place))
    above = cumulative[rows, place]
    below = np.where(place > 0, cumulative[rows, np.maximum(place - 1, 0)], 0.0)
    inside = np.divide(share - below, above - below, out=np.full(len(place), 0.5), where=above > below)
    return place + inside - 0.5
