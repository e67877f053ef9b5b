from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.feedback import KINDS, Event
from recommender.feedback.event import microseconds, moment_of, person_key

NOW = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_times_survive_exactly(moment: datetime) -> None:
    assert moment_of(microseconds(moment)) == moment


def test_the_time_becomes_utc() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    event = Event("me", "osm:node/1", "cafe", "cafe", "like", there)
    assert event.time == NOW
    assert event.to_dict()["time"] == "2026-06-05T12:00:00+00:00"


def test_one_person_under_two_spellings() -> None:
    assert person_key(" Zoe\u0308 ") == person_key("Zo\u00eb")


@pytest.mark.parametrize("name", ["", "  ", "a" * 201, "a\0b", "a\nb", "\ud800", None, 7])
def test_no_person(name: object) -> None:
    with pytest.raises(InputError, match="person"):
        person_key(name)


@pytest.mark.parametrize(
    "change",
    [
        {"place": ""},
        {"place": "x" * 1001},
        {"type": "a\0"},
        {"group": None},
        {"kind": "loves"},
        {"kind": "been-there"},
        {"time": datetime(2026, 6, 5)},
        {"time": "2026-06-05"},
        {"time": datetime.max.replace(tzinfo=timezone(timedelta(hours=-9)))},
    ],
)
def test_no_event(change: dict) -> None:
    good = {
        "person": "me", "place": "osm:node/1", "type": "cafe", "group": "cafe", "kind": "like", "time": NOW
    }  # fmt: skip
    Event(**good)
    with pytest.raises(InputError) as caught:
        Event(**(good | change))
    assert next(iter(change)) in str(caught.value)
    assert len(str(caught.value)) < 200


def test_every_kind_has_words() -> None:
    assert list(KINDS) == ["like", "dislike", "hide", "unhide", "been_there", "forget"]
    assert all(KINDS.values())
