import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.evaluation.metrics import (
    abstention_curve,
    central_range,
    confusion_matrix,
    distribution_median,
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


faces = st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=50)


@given(faces, st.lists(st.floats(0.01, 1), min_size=1, max_size=5))
def test_the_surest_are_answered_and_no_fewer_than_asked_for(pairs, coverages):
    confidence, hit = (np.array(column) for column in zip(*pairs, strict=True))
    for point, coverage in zip(abstention_curve(confidence, hit, coverages), coverages, strict=True):
        answered = confidence >= point["threshold"]
        assert point["n"] == answered.sum() >= coverage * len(hit) - 1e-6
        # One face fewer would be too few: only ties with the last one make it more.
        assert (confidence > point["threshold"]).sum() < coverage * len(hit)
        assert np.isclose(point["accuracy"], hit[answered].mean())


def test_abstention_by_hand():
    confidence = np.array([0.9, 0.3, 0.8, 0.5])
    hit = np.array([True, False, True, False])
    everything, half = abstention_curve(confidence, hit, (1.0, 0.5))
    assert everything == {"coverage": 1.0, "threshold": 0.3, "n": 4, "accuracy": 0.5}
    assert half == {"coverage": 0.5, "threshold": 0.8, "n": 2, "accuracy": 1.0}
    with pytest.raises(InputError):
        abstention_curve(np.array([]), np.array([], bool))


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=50), st.floats(0.05, 0.95))
def test_a_central_range_holds_its_share_and_the_median(masses, coverage):
    distribution = np.array([masses]) / sum(masses)
    (low,), (high,) = central_range(distribution, coverage)
    assert 0 <= low <= distribution_median(distribution)[0] <= high < len(masses)
    assert distribution[0, low : high + 1].sum() >= coverage - 1e-9


@given(st.lists(st.floats(0.01, 1), min_size=101, max_size=101))
def test_median_and_range_are_those_of_a_profile(masses):
    distribution = np.array(masses) / sum(masses)
    # A share that ends just where half is reached falls to either side by rounding.
    assume(np.abs(distribution.cumsum()[:, None] - [0.05, 0.5, 0.95]).min() > 1e-9)
    builder = ProfileBuilder()
    builder.add_estimate(1, PersonEstimate(distribution, 0.5, 1.0))
    told = builder.age_of(1)
    (low,), (high,) = central_range(distribution[None])
    assert (low, distribution_median(distribution[None])[0], high) == (told.low90, told.median, told.high90)


def test_a_sure_distribution_has_its_range_there():
    assert [place[0] for place in central_range(np.eye(9)[[4]])] == [4, 4]
