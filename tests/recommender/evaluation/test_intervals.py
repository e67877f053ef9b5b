import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.evaluation.intervals import ClusteredBootstrap


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-5, 5)), min_size=1, max_size=60))
def test_the_interval_lies_within_the_means_of_the_clusters(rows: list[tuple[int, float]]) -> None:
    clusters = np.array([cluster for cluster, _ in rows])
    values = np.array([value for _, value in rows])
    interval = ClusteredBootstrap(clusters, repeats=50).mean(values)
    means = [values[clusters == cluster].mean() for cluster in set(clusters.tolist())]
    assert interval.value == pytest.approx(values.mean())
    assert min(means) - 1e-3 <= interval.low <= interval.high <= max(means) + 1e-3


def test_rows_of_one_user_are_no_independent_rows() -> None:
    generator = np.random.default_rng(0)
    users = np.repeat(np.arange(40), 25)
    values = np.repeat(generator.normal(size=40), 25)
    by_user = ClusteredBootstrap(users).mean(values)
    by_row = ClusteredBootstrap(np.arange(1000)).mean(values)
    assert by_user.high - by_user.low > 3 * (by_row.high - by_row.low)


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(1)
    held = 0
    for seed in range(200):
        interval = ClusteredBootstrap(np.arange(60), repeats=300, seed=seed).mean(generator.normal(size=60))
        held += interval.low <= 0.0 <= interval.high
    assert 180 <= held <= 199


def test_no_rows_is_no_number_and_none_in_json() -> None:
    assert ClusteredBootstrap([]).mean([]).as_dict() == {"value": None, "low": None, "high": None}


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        ClusteredBootstrap([1, 2]).mean([1.0])
