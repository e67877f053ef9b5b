"""Learning an age distribution: label distribution plus the error of its mean.

Gao et al. 2018 ("Age Estimation Using Expectation of Label Distribution Learning"): a
Gaussian around the labelled year, Kullback-Leibler divergence, and the L1 error of the
expected age.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("emopoi")
class AgeDistributionLoss(keras.losses.Loss):
    """KL divergence to a Gaussian label plus `mean_weight` times |expected - true| years.

    Args:
        sigma_years: width of the Gaussian: how sure the labels themselves are.
        mean_weight: weight of the L1 term.
    """

    def __init__(
        self, sigma_years: float = 2.5, mean_weight: float = 0.05, name="age_distribution", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.sigma_years = sigma_years
        self.mean_weight = mean_weight

    def call(self, y_true, y_pred):
        """Ages float (N, 1) in years, or distributions (N, 101), and logits (N, 101) -> (N,)."""
        years = ops.arange(y_pred.shape[-1], dtype="float32")
        true = _years_of(y_true, years)
        if y_true.shape[-1] == y_pred.shape[-1]:
            target = ops.cast(y_true, "float32")
        else:
            target = ops.softmax(-((years - true) ** 2) / (2 * self.sigma_years**2), axis=-1)
        log_probability = ops.log_softmax(ops.cast(y_pred, "float32"), axis=-1)
        divergence = ops.sum(target * (ops.log(target + 1e-9) - log_probability), axis=-1)
        expected = ops.sum(ops.exp(log_probability) * years, axis=-1, keepdims=True)
        return divergence + self.mean_weight * ops.abs(expected - true)[:, 0]

    def get_config(self):
        """Arguments that make this loss again."""
        return {**super().get_config(), "sigma_years": self.sigma_years, "mean_weight": self.mean_weight}


@keras.saving.register_keras_serializable("emopoi")
def expected_age_error(y_true, y_pred):
    """Absolute error of the expected age, years: a metric for the training log."""
    years = ops.arange(y_pred.shape[-1], dtype="float32")
    expected = ops.sum(ops.softmax(ops.cast(y_pred, "float32"), axis=-1) * years, axis=-1)
    return ops.abs(expected - _years_of(y_true, years)[:, 0])


def _years_of(y_true, years):
    """Ages (N, 1) of ages or of distributions over `years`."""
    y_true = ops.cast(y_true, "float32")
    if y_true.shape[-1] == years.shape[0]:
        return ops.sum(y_true * years, axis=-1, keepdims=True)
    return ops.reshape(y_true, (-1, 1))


def age_distribution(age_years: np.ndarray, count: int, sigma_years: float = 2.5) -> np.ndarray:
    """The Gaussian labels as an array.

    Args:
        age_years: float (N,).
        count: years 0..count-1.
        sigma_years: width.

    Returns:
        float32 (N, count), rows sum to 1.
    """
    distance = np.arange(count)[None] - np.asarray(age_years, np.float64)[:, None]
    density = np.exp(-(distance**2) / (2 * sigma_years**2))
    return (density / density.sum(axis=1, keepdims=True)).astype(np.float32)
