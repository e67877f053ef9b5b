import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.evaluation.metrics import (
    confusion_matrix,
    distribution_median,
    distribution_quantile,
    expected_calibration_error,
    macro_f1,
)
from emopoi.profile import ProfileBuilder
from emopoi.types import PersonEstimate

labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@given(labels)
def test_confusion_counts_every_row_once(pairs):
    true, found = np.array(pairs).T
    matrix = confusion_matrix(true, found, 5)
    assert matrix.sum() == len(pairs)
    assert np.array_equal(matrix.sum(1), np.bincount(true, minlength=5))
    assert 0.0 <= macro_f1(matrix) <= 1.0
    assert np.isclose(np.trace(matrix) / len(pairs), (true == found).mean())


def test_macro_f1_by_hand():
    # Class 0: 2 right, 1 said too often, 1 missed; class 1: 1 right, 1 and 1 wrong.
    assert np.isclose(macro_f1(np.array([[2, 1], [1, 1]])), (2 / 3 + 1 / 2) / 2)
    # A class that never occurs does not count.
    assert macro_f1(np.array([[3, 0], [0, 0]])) == 1.0


def test_what_was_missed_costs_recall():
    confusion = np.array([[2, 0], [0, 1]])
    assert macro_f1(confusion, np.array([0, 0])) == macro_f1(confusion) == 1.0
    assert np.isclose(macro_f1(confusion, np.array([2, 0])), (4 / 6 + 1) / 2)
    # A class of which nothing was found occurs nevertheless.
    assert macro_f1(np.array([[3, 0], [0, 0]]), np.array([0, 1])) == 0.5


def test_calibration_by_hand():
    sure = np.tile([0.9, 0.1], (10, 1))
    assert np.isclose(expected_calibration_error(sure, np.array([0] * 9 + [1])), 0.0)
    assert np.isclose(expected_calibration_error(sure, np.array([0] * 4 + [1] * 6)), 0.5)
    with pytest.raises(InputError):
        expected_calibration_error(sure, np.array([], int))


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=50), st.floats(0.02, 0.49))
def test_quantiles_are_ordered_and_inside(masses, share):
    distribution = np.array([masses]) / sum(masses)
    low, middle, high = (distribution_quantile(distribution, q)[0] for q in (share, 0.5, 1 - share))
    assert -0.5 <= low <= middle <= high <= len(masses) - 0.5


@given(st.lists(st.floats(0.01, 1), min_size=101, max_size=101))
def test_the_median_is_that_of_a_profile(masses):
    distribution = np.array(masses) / sum(masses)
    builder = ProfileBuilder()
    builder.add_estimate(1, PersonEstimate(distribution, 0.5, 1.0))
    assert distribution_median(distribution[None])[0] == builder.age_of(1).median


def test_a_sure_distribution_has_its_median_there():
    assert distribution_quantile(np.eye(9)[[4]], 0.5)[0] == 4.0
