from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.types import AgeRange
from recommender.catalogue import PlaceTable
from recommender.ranking.filters import allowed, min_ages
from recommender.ranking.request import Request
from recommender.taxonomy import SUGGESTIBLE_CODES, TYPES
from tests.recommender.conftest import make_profile
from tests.recommender.ranking.made_tables import TYPE_NAMES, WHEN, code, make_table

NONE = np.zeros(0, np.int64)
(SOMEBODY,) = make_profile("Sad").people


@st.composite
def tables(draw: st.DrawFn) -> PlaceTable:
    size = draw(st.integers(0, 30))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = make_table(random.choice(SUGGESTIBLE_CODES, size), row=random.permutation(100)[:size])
    return replace(
        table,
        price=random.integers(0, 5, size).astype(np.int8),
        wheelchair=random.integers(0, 4, size).astype(np.int8),
        min_age=random.choice([0, 0, 0, 16, 18, 21], size).astype(np.int16),
    )


@given(
    tables(),
    st.none() | st.floats(3, 90),
    st.sampled_from([(), ("park",), ("cafe", "nightlife"), ("museum",)]),
    st.none() | st.integers(1, 4),
    st.booleans(),
    st.booleans(),
    st.sets(st.integers(0, 99)),
    st.sets(st.integers(0, 99)),
)
def test_as_a_plain_loop_says(
    table: PlaceTable, age, kinds, max_price, wheelchair, new_only, hidden, visited
) -> None:
    person = None if age is None else replace(SOMEBODY, age=AgeRange(age, age, age))
    request = Request(
        (0.0, 0.0), WHEN, person=person, kinds=kinds, max_price=max_price, wheelchair=wheelchair,
        new_only=new_only,
    )  # fmt: skip
    found = allowed(table, request, np.array([-1, *hidden], np.int64), np.array([*visited, -1], np.int64))
    assert found.dtype == bool and found.shape == (len(table),)
    for index in range(len(table)):
        kind = TYPES[TYPE_NAMES[table.type[index]]]
        limit = int(table.min_age[index]) or kind.min_age or 0
        expected = (
            (age is None or age >= limit)
            and (not kinds or kind.name in kinds or kind.group in kinds)
            and (max_price is None or table.price[index] <= max_price)
            and (not wheelchair or table.wheelchair[index] >= 2)
            and table.row[index] not in hidden
            and not (new_only and table.row[index] in visited)
        )
        assert found[index] == expected


@pytest.mark.parametrize(("age", "let_in"), [(12, False), (17.9, False), (18, True), (40, True)])
def test_bars_and_the_law(age: float, let_in: bool) -> None:
    table = make_table([code("bar"), code("nightclub"), code("cafe")])
    for use in (frozenset(), frozenset({"age", "gender"})):
        person = replace(SOMEBODY, age=AgeRange(age, age - 5, age + 5))
        request = Request((0.0, 0.0), WHEN, person=person, use=use)
        assert allowed(table, request, NONE, NONE).tolist() == [let_in, let_in, True]


def test_a_limit_tagged_at_the_place_counts_before_its_type() -> None:
    table = replace(make_table([code("bar"), code("cafe"), code("bar")]), min_age=np.array([20, 15, 0]))
    assert min_ages(table).tolist() == [20, 15, 18]


def test_nobody_known_is_let_in_everywhere() -> None:
    table = make_table([code("bar"), code("park")])
    for person in (None, SOMEBODY):
        assert allowed(table, Request((0.0, 0.0), WHEN, person=person), NONE, NONE).all()
