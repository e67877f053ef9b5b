import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.check_ins import Visits
from recommender.ranking.check_in_statistics import LIST_TERMS, NEXT_TERMS, CheckInStatistics
from recommender.ranking.contexts import gap_context, history_context
from tests.recommender.ranking.made_region import region, visits_of, walks
from training.check_in_choices import (
    DRAWN,
    FIRST,
    NOT_OFFERED,
    OwnHistories,
    list_choices,
    next_choices,
    split_in_time,
    stacked,
)

PLACES = 400


@pytest.fixture(scope="module")
def halves() -> tuple[Visits, Visits]:
    return split_in_time(walks(30, PLACES, 20), 0.7)


def test_the_first_part_is_counted_and_the_rest_asked(halves: tuple[Visits, Visits]) -> None:
    counted, asked = halves
    assert len(counted) == 420 and len(asked) == 180
    assert counted.time_s.max() <= asked.time_s.min()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 50)), min_size=2, max_size=40))
def test_a_history_never_shows_the_future(rows) -> None:
    visits = visits_of(rows)
    counted, asked = split_in_time(visits, 0.5)
    histories = OwnHistories(counted, asked)
    for index in range(len(asked)):
        before = histories.before(index)
        row = len(counted) + index
        expected = [other for other in range(row) if visits.user[other] == visits.user[row]]
        assert before.poi.tolist() == visits.poi[expected].tolist()
        assert before.time_s.tolist() == visits.time_s[expected].tolist()
        assert (before.user == visits.user[row]).all()
        assert len(before) == 0 or before.time_s.max() <= visits.time_s[row]


def test_questions_for_the_next_place(halves: tuple[Visits, Visits]) -> None:
    counted, asked = halves
    pois = region(PLACES)
    every, new = next_choices(counted, asked, pois, keep=1.0)
    statistics = CheckInStatistics.learn(counted, pois)
    histories = OwnHistories(counted, asked)
    told = [index for index in range(len(asked)) if statistics.count[asked.poi[index]] > 0]
    assert len(every) == len(told)
    assert every.terms.shape == (len(told), FIRST + DRAWN, len(NEXT_TERMS))
    np.testing.assert_array_equal(every.wanted[:, 0], 1.0)
    assert every.wanted.sum() == len(told)
    fresh = 0
    for question, index in enumerate(told):
        history, target = histories.before(index), int(asked.poi[index])
        time_s = int(asked.time_s[index])
        terms = statistics.next_terms(history, int(asked.weekday[index]), int(asked.hour[index]), time_s)
        np.testing.assert_allclose(every.terms[question, 0], terms[:, target], atol=0.01, rtol=1e-3)
        assert every.gap[question] == gap_context(history.time_s, time_s)
        assert every.history[question] == history_context(len(history))
        assert every.offset[question, 0] == 0.0
        if target not in history.poi:
            # Where the person has been is not offered; visits is the third term.
            visited = new.terms[fresh, :, NEXT_TERMS.index("visits")] > 0
            assert (new.offset[fresh][visited] == NOT_OFFERED).all()
            np.testing.assert_array_equal(new.offset[fresh][~visited], every.offset[question][~visited])
            fresh += 1
    assert len(new) == fresh > 10


def test_what_is_drawn_stands_for_all_the_rest(halves: tuple[Visits, Visits]) -> None:
    _, asked = halves
    # A place is told by its count: all are different here.
    pois = region(PLACES)
    many = visits_of(
        [(900 + step, place, step) for place in range(PLACES) for step in range(place + 1)][:60_000]
    )
    every, _ = next_choices(many, asked, pois, keep=0.2, seed=4)
    known = np.log(np.bincount(many.poi, minlength=PLACES) + 0.3).astype(np.float16)
    for question in range(len(every)):
        place = np.abs(every.terms[question, :, 0][:, None] - known).argmin(axis=1)
        first, rest = place[:FIRST], place[FIRST:]
        offered = every.offset[question, FIRST:] > NOT_OFFERED
        assert len(set(first.tolist())) > 0.9 * FIRST  # half-precision tells some twins apart no more
        assert (every.offset[question, :FIRST] == 0.0).all()
        assert (every.offset[question, FIRST:][offered] == np.float32(np.log((PLACES - FIRST) / DRAWN))).all()
        assert not offered[np.isin(rest, first[:1])].any()
        # A hundred places are left for 120 draws: about a quarter of the draws hit one.
        assert 0.1 * DRAWN < offered.sum() < 0.5 * DRAWN


def test_half_of_the_questions(halves: tuple[Visits, Visits]) -> None:
    whole, _ = next_choices(*halves, region(PLACES), keep=1.0)
    half, _ = next_choices(*halves, region(PLACES), keep=0.5)
    again, _ = next_choices(*halves, region(PLACES), keep=0.5)
    assert 0.3 * len(whole) < len(half) < 0.7 * len(whole)
    np.testing.assert_array_equal(half.terms, again.terms)


def test_questions_for_lists() -> None:
    # Fewer places, so that they have five check-ins each.
    counted, asked = split_in_time(walks(40, 30, 20, seed=3), 0.7)
    pois = region(30)
    choices = list_choices(counted, asked, pois, networks=1)
    offered = int((np.bincount(counted.poi, minlength=30) >= 5).sum())
    assert choices.terms.shape[1:] == (offered, len(LIST_TERMS)) and len(choices) > 10
    np.testing.assert_allclose(choices.wanted.sum(axis=1), 1.0, rtol=1e-5)
    assert (choices.wanted[choices.offset == NOT_OFFERED] == 0.0).all()
    assert set(np.unique(choices.offset)) <= {np.float32(0.0), NOT_OFFERED}


def test_too_few_places_or_questions_are_said(halves: tuple[Visits, Visits]) -> None:
    counted, asked = split_in_time(walks(5, 20, 10), 0.7)
    with pytest.raises(InputError, match="more than 300 places"):
        next_choices(counted, asked, region(20))
    with pytest.raises(InputError, match="no check-in"):
        stacked([])
