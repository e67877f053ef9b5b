from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.opening import OpenState
from recommender.ranking.opening_term import CLOSED, closes_soon, is_day, opening_term
from recommender.taxonomy import TYPES

NOON, NIGHT = datetime(2024, 6, 5, 12), datetime(2024, 6, 5, 3)


@given(
    st.sampled_from(["open", "closed", "unknown"]),
    st.sampled_from(sorted(TYPES)),
    st.integers(0, 23),
    st.none() | st.integers(0, 600),
)
def test_never_adds_and_closed_costs_most(state: str, kind: str, hour: int, minutes: int | None) -> None:
    arrival = datetime(2024, 6, 5, hour)
    until = None if minutes is None else arrival + timedelta(minutes=minutes)
    value = opening_term(OpenState(state, until=until), kind, arrival)
    assert CLOSED <= value <= 0.0
    if state == "closed":
        assert value == CLOSED
    else:
        assert value > CLOSED


def test_unknown_is_never_closed() -> None:
    unknown = OpenState("unknown")
    assert opening_term(unknown, "park", NOON) == 0.0
    assert CLOSED < opening_term(unknown, "cafe", NIGHT) < opening_term(unknown, "cafe", NOON) < 0.0
    assert opening_term(unknown, "park", NIGHT) > opening_term(unknown, "cafe", NIGHT)


@pytest.mark.parametrize(("minutes", "soon"), [(29, True), (30, False), (300, False)])
def test_a_visit_needs_half_an_hour(minutes: int, soon: bool) -> None:
    state = OpenState("open", until=NOON + timedelta(minutes=minutes))
    assert closes_soon(state, NOON) is soon
    assert (opening_term(state, "cafe", NOON) < 0.0) is soon
    assert not closes_soon(OpenState("closed", until=state.until), NOON)
    assert not closes_soon(OpenState("open"), NOON)


def test_day() -> None:
    assert [hour for hour in range(24) if is_day(NIGHT.replace(hour=hour))] == list(range(7, 22))
