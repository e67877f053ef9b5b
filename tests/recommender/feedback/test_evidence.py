from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.feedback import Evidence, PlaceOpinion, PlaceState
from recommender.feedback.event import microseconds

NOW = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
NOW_US = microseconds(NOW)
DAY_US = 86_400_000_000


def state(**change: object) -> PlaceState:
    nothing = PlaceState("osm:node/1", "cafe", "cafe", 0, None, None, 0, None)
    return nothing._replace(**change)


def weigh(one: PlaceState, evidence: Evidence | None = None) -> tuple[PlaceOpinion, float, float]:
    ((place, opinion, success, failure),) = (evidence or Evidence()).weigh([one], NOW_US)
    assert place == "osm:node/1"
    return opinion, success, failure


def test_words_and_their_weights() -> None:
    assert weigh(state())[1:] == (0, 0)
    assert weigh(state(opinion=1, opinion_us=NOW_US))[1:] == (1, 0)
    assert weigh(state(opinion=-1, opinion_us=NOW_US))[1:] == (0, 1)
    assert weigh(state(hidden_us=NOW_US))[1:] == (0, 0.5)
    assert weigh(state(opinion=1, opinion_us=NOW_US, hidden_us=NOW_US))[1:] == (1, 0.5)


def test_coming_back_counts_and_is_bounded() -> None:
    successes = [weigh(state(visits=visits, last_visit_us=NOW_US))[1] for visits in (1, 2, 3, 6, 1000)]
    assert successes == pytest.approx([0, 0.4, 0.8, 2, 2])


def test_what_a_person_reads() -> None:
    opinion, _, _ = weigh(
        state(opinion=-1, opinion_us=NOW_US - 180 * DAY_US, hidden_us=1, visits=3, last_visit_us=NOW_US)
    )
    assert opinion == PlaceOpinion(False, True, True, 3, NOW, -0.5, "cafe", "cafe")
    assert opinion.to_dict()["last_visit"] == "2026-06-05T12:00:00+00:00"


@given(st.integers(-100, 100_000), st.floats(0.1, 10_000))
def test_a_word_halves_with_every_half_life(days: int, half_life: float) -> None:
    evidence = Evidence(half_life_days=half_life)
    said = NOW_US - days * DAY_US
    now = evidence.fading(said, NOW_US)
    later = evidence.fading(said, NOW_US + round(half_life * DAY_US))
    assert 0.0 <= now <= 1.0
    if days >= 0:
        assert later == pytest.approx(now / 2, rel=1e-6, abs=1e-300)
    else:
        assert now == 1.0


def test_other_weights_are_taken() -> None:
    mine = Evidence(like=3, half_life_days=1)
    assert weigh(state(opinion=1, opinion_us=NOW_US - DAY_US), mine)[1] == pytest.approx(1.5)


@pytest.mark.parametrize("change", [{"like": -1}, {"hide": float("nan")}, {"half_life_days": 0}])
def test_no_evidence(change: dict) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        Evidence(**change)


def test_age_is_measured_in_days() -> None:
    said = microseconds(NOW - timedelta(days=180))
    assert Evidence().fading(said, NOW_US) == 0.5
