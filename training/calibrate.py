"""How sure a model may be: temperatures fitted on validation."""

from __future__ import annotations

import numpy as np

from emopoi.evaluation.metrics import distribution_quantile
from emopoi.runtime.probabilities import softmax

GRID = np.round(np.geomspace(0.4, 3.0, 60), 3)


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


def fit_age_temperature(logits: np.ndarray, ages: np.ndarray, coverage: float = 0.9) -> float:
    """The temperature with which the central 90 % interval holds 90 % of the labelled ages.

    Args:
        logits: float (N, 101).
        ages: float (N,) years.
        coverage: share of ages that the interval between (1 - c)/2 and (1 + c)/2 shall hold.
    """

    def miss(temperature: float) -> float:
        distribution = softmax(logits, temperature)
        low = distribution_quantile(distribution, (1 - coverage) / 2)
        high = distribution_quantile(distribution, (1 + coverage) / 2)
        return abs(float(((low <= ages + 0.5) & (ages - 0.5 <= high)).mean()) - coverage)

    return float(min(GRID, key=miss))
