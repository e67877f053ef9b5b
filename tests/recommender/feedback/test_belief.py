import statistics
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.feedback import Belief

COUNTS = st.floats(0.01, 1e4)


@given(COUNTS, COUNTS)
def test_mean_and_deviation_are_those_of_beta(alpha: float, beta: float) -> None:
    belief = Belief(alpha, beta)
    assert 0.0 < belief.mean < 1.0
    assert 0.0 < belief.sd < 0.5
    assert belief.value == pytest.approx(2 * belief.mean - 1)
    assert belief.sd**2 == pytest.approx(belief.mean * (1 - belief.mean) / (alpha + beta + 1))


@given(COUNTS, COUNTS, st.integers())
def test_samples_lie_within_and_repeat(alpha: float, beta: float, seed: int) -> None:
    belief = Belief(alpha, beta)
    first = belief.sample(Random(seed))
    assert 0.0 <= first <= 1.0
    assert belief.sample(Random(seed)) == first


def test_samples_follow_the_belief() -> None:
    belief, random = Belief(6.0, 2.0), Random(1)
    draws = [belief.sample(random) for _ in range(4000)]
    assert statistics.fmean(draws) == pytest.approx(belief.mean, abs=0.01)
    assert statistics.stdev(draws) == pytest.approx(belief.sd, abs=0.01)


@pytest.mark.parametrize("counts", [(0, 1), (1, 0), (-1, 2), (float("nan"), 1), (1, float("inf"))])
def test_no_belief(counts: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="above 0"):
        Belief(*counts)
