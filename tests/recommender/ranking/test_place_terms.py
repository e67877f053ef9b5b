import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.place_terms import PLACE_TERMS, UNUSUAL, OwnVisits, TypeTables, place_terms

KINDS = 3
NOW_S = 1_700_000_000
DAY_S = 86_400


def tables() -> TypeTables:
    random = np.random.default_rng(1)
    share = np.array([0.5, 0.3, 0.2], np.float32)
    return TypeTables(
        share,
        random.normal(size=(14, KINDS)).astype(np.float32),
        random.normal(size=(KINDS, KINDS)).astype(np.float32),
    )


@st.composite
def histories(draw: st.DrawFn) -> OwnVisits:
    visits = draw(
        st.lists(st.tuples(st.integers(-20 * DAY_S, 2 * DAY_S), st.integers(-1, 12)), min_size=1, max_size=12)
    )
    visits.sort()
    place = np.array([place for _, place in visits], np.int64)
    return OwnVisits(
        place,
        (np.maximum(place, 0) % KINDS).astype(np.int16),
        NOW_S + np.array([time_s for time_s, _ in visits], np.int64),
    )


@given(histories(), st.permutations(list(range(10))), st.integers(0, 13))
def test_as_the_words_say(own: OwnVisits, order: list[int], part: int) -> None:
    place = np.array(order, np.int64)
    kind = (place % KINDS).astype(np.int16)
    known = np.linspace(0, 1, 10, dtype=np.float32)
    distance_m = np.linspace(0, 3000, 10)
    made = tables()
    found = place_terms(place, kind, known, distance_m, tables=made, part_of_week=part, own=own, time_s=NOW_S)
    assert found.shape == (len(PLACE_TERMS), 10) and found.dtype == np.float32
    for index, here in enumerate(order):
        code = here % KINDS
        mine = [int(time_s) for time_s, where in zip(own.time_s, own.place, strict=True) if where == here]
        of_kind = int((own.type == code).sum())
        share = float(made.share[code])
        recent = abs(NOW_S - int(own.time_s[-1])) < 3 * 3600
        expected = {
            "popularity": known[index],
            "distance": math.log1p(distance_m[index] / 300),
            "type_hour": min(max(made.hour[part, code], -UNUSUAL), UNUSUAL),
            "taste": math.log((of_kind + 6 * share) / (len(own) + 6) / share),
            "type_transition": made.transition[own.type[-1], code] if recent else 0.0,
            "visits": math.log1p(len(mine)),
            "recency": math.log1p(3 * sum(0.5 ** (max(NOW_S - t, 0) / (10 * DAY_S)) for t in mine)),
        }
        for name, value in zip(PLACE_TERMS, found[:, index], strict=True):
            assert value == pytest.approx(float(expected[name]), abs=1e-5), name


def test_somebody_new_has_no_past() -> None:
    found = place_terms(
        np.arange(4), np.array([0, 1, 2, 0], np.int16), np.ones(4, np.float32), np.zeros(4),
        tables=tables(), part_of_week=3, own=OwnVisits.none(), time_s=NOW_S,
    )  # fmt: skip
    assert (found[3:] == 0.0).all() and len(OwnVisits.none()) == 0
