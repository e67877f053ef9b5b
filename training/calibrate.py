"""How sure a model may be: temperatures fitted on validation."""

from __future__ import annotations

import math

import numpy as np

from emopoi.evaluation.metrics import central_range
from emopoi.runtime.probabilities import softmax

GRID = np.round(np.geomspace(0.4, 3.0, 240), 4)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood (Guo et al. 2017).

    Args:
        logits: float (N, K).
        labels: int (N,).
    """
    rows = np.arange(len(labels))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(logits, temperature)[rows, labels] + 1e-9).mean())

    return float(min(GRID, key=loss))


def age_coverage(logits: np.ndarray, ages: np.ndarray, temperature: float, coverage: float = 0.9) -> float:
    """Share of labelled ages inside of the central range that a profile tells, 0..1.

    Args:
        logits: float (N, 101).
        ages: float (N,) years.
        temperature: that the logits are divided by.
        coverage: share of the mass that the range holds.
    """
    low, high = central_range(softmax(logits, temperature), coverage)
    return float(((low <= ages) & (ages <= high)).mean())


def fit_age_temperature(logits: np.ndarray, ages: np.ndarray, coverage: float = 0.9) -> float:
    """The temperature with which the central 90 % range holds 90 % of the labelled ages.

    The likelihood would weigh the middle of the distribution as well; what is promised is the range.

    Args:
        logits: float (N, 101).
        ages: float (N,) years.
        coverage: share of ages that the range shall hold.
    """
    # A warmer distribution is a wider one, so the range that just holds enough is found by halving.
    low, high = 0, len(GRID) - 1
    while low < high:
        middle = (low + high) // 2
        if age_coverage(logits, ages, float(GRID[middle]), coverage) < coverage:
            low = middle + 1
        else:
            high = middle
    return float(GRID[low])


def fit_age_temperature_in_halves(logits: np.ndarray, ages: np.ndarray) -> tuple[float, list[float]]:
    """A temperature from all rows, and how the range fitted on one half holds on the other.

    One half alone would give a temperature that leans to the rows that it happened to see (their
    coverage is known to a point or two); so each half fits and scores the other, and the temperature
    is the geometric mean of the two.

    Args:
        logits: float (N, 101).
        ages: float (N,) years.

    Returns:
        The temperature; the coverage on odd rows of what even rows fitted, and the other way round.
    """
    even, odd = (fit_age_temperature(logits[start::2], ages[start::2]) for start in (0, 1))
    held = [age_coverage(logits[1::2], ages[1::2], even), age_coverage(logits[::2], ages[::2], odd)]
    return round(math.sqrt(even * odd), 4), held
