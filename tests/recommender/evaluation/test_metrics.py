import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.evaluation.metrics import (
    accuracy_at,
    mrr,
    ndcg_at,
    pessimistic_rank,
    pessimistic_ranks,
    recall_at,
)

few_levels = arrays(np.float32, st.integers(1, 30), elements=st.sampled_from([0.0, 1.0, 2.0, 0.5, np.nan]))
ranks = st.lists(st.integers(1, 50).map(float) | st.just(np.inf), min_size=1, max_size=20)


@given(few_levels, st.data())
def test_the_rank_counts_everything_that_is_not_worse(scores: np.ndarray, data: st.DataObject) -> None:
    target = data.draw(st.integers(0, len(scores) - 1))
    value = scores[target]
    worse = sum(1 for other in scores if not np.isnan(value) and (np.isnan(other) or other < value))
    assert pessimistic_rank(scores, target) == len(scores) - worse
    assert pessimistic_ranks(scores, np.array([target]))[0] == len(scores) - worse


def test_a_method_that_says_nothing_finds_nothing() -> None:
    scores = np.ones(100, dtype=np.float32)
    assert accuracy_at([pessimistic_rank(scores, 3)], 10) == 0.0
    assert mrr([pessimistic_rank(scores, 3)]) == pytest.approx(0.01)


@given(ranks, st.integers(1, 30))
def test_metrics_lie_between_0_and_1_and_grow_with_the_list(values: list[float], k: int) -> None:
    for metric in (accuracy_at, recall_at):
        assert 0.0 <= metric(values, k) <= metric(values, k + 1) <= 1.0
    assert 0.0 <= ndcg_at(values, k) <= len(values)
    assert accuracy_at(values, 1) <= mrr(values) <= 1.0


@given(st.integers(1, 20), st.integers(1, 20))
def test_the_ideal_list_has_ndcg_1(relevant: int, k: int) -> None:
    assert ndcg_at(np.arange(1, relevant + 1), k) == pytest.approx(1.0)
    assert recall_at(np.arange(1, relevant + 1), k) == pytest.approx(min(1.0, k / relevant))


def test_a_miss_counts_nothing_and_stays_in_the_mean() -> None:
    assert mrr([1, np.inf]) == 0.5
    assert accuracy_at([1, np.inf], 10) == 0.5
    assert ndcg_at([np.inf], 10) == 0.0


def test_known_values() -> None:
    assert mrr([1, 2, 4]) == pytest.approx((1 + 0.5 + 0.25) / 3)
    # Relevant at 1 and 3 of two relevant places: (1 + 1/2) / (1 + 1/log2(3)).
    assert ndcg_at([1, 3], 10) == pytest.approx(1.5 / (1 + 1 / np.log2(3)))


def test_no_targets_is_no_number() -> None:
    assert np.isnan(mrr([])) and np.isnan(accuracy_at([], 1)) and np.isnan(ndcg_at([], 10))
