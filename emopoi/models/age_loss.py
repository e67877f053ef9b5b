"""Learning an age distribution: label distribution plus the error of its mean.

Gao et al. 2018 ("Age Estimation Using Expectation of Label Distribution Learning"): a
Gaussian around the labelled year, Kullback-Leibler divergence, and the L1 error of the
expected age.
"""

from __future__ import annotations

import keras
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
        """Ages float (N, 1) in years and logits (N, 101) -> (N,)."""
        years = ops.arange(y_pred.shape[-1], dtype="float32")
        true = ops.reshape(ops.cast(y_true, "float32"), (-1, 1))
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
    return ops.abs(expected - ops.reshape(ops.cast(y_true, "float32"), (-1,)))
