"""Weighted logistic regression with an L2 penalty, by Newton's method: no step size, no epochs, no seed."""

from __future__ import annotations

import numpy as np

_STEPS = 30
_SMALL = 1e-6


def fit_logistic(
    features: np.ndarray, labels: np.ndarray, weights: np.ndarray, penalty: float
) -> tuple[np.ndarray, float]:
    """The kernel and bias with the least weighted mean log loss plus `penalty / 2 * |kernel|^2`.

    Features are standardised first, so that the penalty treats them alike; kernel and bias that come out
    take them as they are.

    Args:
        features: float (N, D).
        labels: (N,) of 0 and 1, both occurring.
        weights: float (N,), >= 0.
        penalty: above 0.

    Returns:
        kernel float64 (D,) and bias: the log-odds of label 1 are `features @ kernel + bias`.
    """
    share = np.asarray(weights, np.float64) / np.sum(weights)
    features = np.asarray(features, np.float64)
    mean = share @ features
    spread = np.sqrt(share @ (features - mean) ** 2)
    spread[spread < _SMALL] = 1.0  # a feature that never changes tells nothing
    scaled = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    ridge = np.full(scaled.shape[1], float(penalty))
    ridge[-1] = 0.0
    parameters = np.zeros(scaled.shape[1])
    for _ in range(_STEPS):
        chance = 0.5 * (1.0 + np.tanh(0.5 * (scaled @ parameters)))
        slope = scaled.T @ (share * (chance - labels)) + ridge * parameters
        curve = (scaled * (share * np.maximum(chance * (1 - chance), _SMALL))[:, None]).T @ scaled
        step = np.linalg.solve(curve + np.diag(ridge + 1e-9), slope)
        parameters -= step
        if np.abs(step).max() < _SMALL:
            break
    kernel = parameters[:-1] / spread
    return kernel, float(parameters[-1] - mean @ kernel)
