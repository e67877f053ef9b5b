"""Metrics as plain functions."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Shares of the faces that are answered, in an abstention curve."""


def abstention_curve(
    confidence: NDArray[np.floating], hit: NDArray[np.bool_], coverages: Sequence[float] = COVERAGES
) -> list[dict[str, float | int]]:
    """Accuracy of a model that says nothing where it is unsure (Chow 1970; El-Yaniv & Wiener 2010).

    Args:
        confidence: float (N,), the top probability of each row.
        hit: bool (N,), whether the top label was right.
        coverages: shares of the rows to answer, each above 0 and at most 1.

    Returns:
        For each coverage the threshold with which at least that share is answered (all rows whose
        confidence is not below it), how many that are, and their accuracy.

    Raises:
        InputError: no rows, or the lengths differ.
    """
    if len(hit) == 0 or len(hit) != len(confidence):
        raise InputError(f"rows: {len(confidence)} confidences and {len(hit)} hits")
    falling = np.sort(np.asarray(confidence, np.float64))[::-1]
    curve: list[dict[str, float | int]] = []
    for coverage in coverages:
        threshold = falling[max(math.ceil(coverage * len(hit) - 1e-9), 1) - 1]
        answered = np.asarray(confidence, np.float64) >= threshold
        curve.append(
            {
                "coverage": float(coverage),
                "threshold": float(threshold),
                "n": int(answered.sum()),
                "accuracy": float(hit[answered].mean()),
            }
        )
    return curve


def distribution_median(distribution: NDArray[np.floating]) -> NDArray[np.int64]:
    """The first column at which half of each row's mass is reached: the age that a profile tells.

    Args:
        distribution: float (N, K), rows sum to one.

    Returns:
        int64 (N,), 0..K-1.
    """
    return _column_of(distribution, 0.5)


def central_range(
    distribution: NDArray[np.floating], coverage: float = 0.9
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last column of each row's central range, as a profile tells it.

    Args:
        distribution: float (N, K), rows sum to one.
        coverage: share of the mass that the range shall hold at least.

    Returns:
        Two int64 (N,): the columns at which (1 - coverage) / 2 and (1 + coverage) / 2 are reached.
    """
    return _column_of(distribution, (1 - coverage) / 2), _column_of(distribution, (1 + coverage) / 2)


def _column_of(distribution: NDArray[np.floating], share: float) -> NDArray[np.int64]:
    cumulative = np.cumsum(np.asarray(distribution, np.float64), axis=1)
    return np.argmax(cumulative / cumulative[:, -1:] >= share, axis=1)
