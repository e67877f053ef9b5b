import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.logistic import fit_logistic


def made(seed, rows=400, columns=5):
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, columns)) * random.uniform(0.1, 10, columns) + random.normal(
        size=columns
    )
    kernel = random.normal(size=columns) / features.std(0)
    chance = 1 / (1 + np.exp(-(features - features.mean(0)) @ kernel))
    return features, (random.uniform(size=rows) < chance).astype(float), random.uniform(0.1, 2.0, rows)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([1e-3, 0.1, 1.0]))
def test_nothing_near_it_is_better(seed, penalty):
    features, labels, weights = made(seed)
    share = weights / weights.sum()
    spread = np.sqrt(share @ (features - share @ features) ** 2)

    def loss(kernel, bias):
        signed = (2 * labels - 1) * (features @ kernel + bias)
        return share @ np.logaddexp(0, -signed) + penalty / 2 * np.sum((kernel * spread) ** 2)

    kernel, bias = fit_logistic(features, labels, weights, penalty)
    found = loss(kernel, bias)
    random = np.random.default_rng(seed)
    for _ in range(20):
        step = random.normal(size=len(kernel)) * 0.02 / spread
        assert loss(kernel + step, bias + random.normal() * 0.02) >= found - 1e-9


def test_weights_are_as_good_as_repeated_rows():
    features, labels, _ = made(3)
    repeats = np.arange(len(labels)) % 3 + 1
    once = fit_logistic(features, labels, repeats, 0.1)
    many = fit_logistic(
        np.repeat(features, repeats, 0), np.repeat(labels, repeats), np.ones(repeats.sum()), 0.1
    )
    assert once[0] == pytest.approx(many[0], abs=1e-6) and once[1] == pytest.approx(many[1], abs=1e-6)


def test_units_of_a_feature_do_not_matter_and_a_constant_one_does_no_harm():
    features, labels, weights = made(4)
    kernel, bias = fit_logistic(features, labels, weights, 0.1)
    changed = np.column_stack([features * 1000.0 - 7.0, np.full(len(labels), 5.0)])
    other, offset = fit_logistic(changed, labels, weights, 0.1)
    assert changed @ other + offset == pytest.approx(features @ kernel + bias, abs=1e-4)


def test_labels_that_split_cleanly_are_fitted_too():
    features = np.concatenate([np.zeros(20), np.ones(20)])[:, None]
    kernel, bias = fit_logistic(features, features[:, 0], np.ones(40), 1e-3)
    assert np.isfinite(kernel).all() and bias < 0 < kernel[0] + bias
