import sys
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.opening import OpeningHoursReader

FRIDAY_NIGHT = datetime(2024, 6, 7, 23, 30)
SATURDAY_ONE = datetime(2024, 6, 8, 1, 0)


@pytest.fixture(scope="module")
def reader() -> OpeningHoursReader:
    return OpeningHoursReader("Europe/Helsinki", "FI")


def test_open_and_closed(reader: OpeningHoursReader) -> None:
    hours = "Mo-Fr 10:00-20:00; PH off"
    noon = reader.state(hours, reader.local(datetime(2024, 6, 5, 12, 0)))
    assert noon.state == "open"
    assert noon.until is not None
    assert noon.until.isoformat() == "2024-06-05T20:00:00+03:00"
    assert reader.state(hours, reader.local(datetime(2024, 6, 5, 21, 0))).state == "closed"
    # 6 December is Finland's independence day, a Friday in 2024.
    assert reader.state(hours, reader.local(datetime(2024, 12, 6, 12, 0))).state == "closed"


def test_moment_in_another_zone_is_converted(reader: OpeningHoursReader) -> None:
    utc = datetime(2024, 6, 5, 7, 30, tzinfo=timezone.utc)
    assert reader.local(utc).hour == 10
    assert reader.state("Mo-Fr 10:00-20:00", reader.local(utc)).state == "open"


@pytest.mark.parametrize("hours", [None, "", "whenever we like", "Su-Th 15-00; Fr-Sa 15-02", "Mo-Fr 16:00-"])
@given(moment=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)))
def test_unknown_is_never_closed(reader: OpeningHoursReader, hours: str | None, moment: datetime) -> None:
    state = reader.state(hours, reader.local(moment))
    assert state.state == "unknown"
    assert state.until is None


@pytest.mark.parametrize(
    ("hours", "end"),
    [
        ("Fr 07:00-02:00; Sa 08:30-04:00", 2),
        ("Mo-Fr 11:00-02:00; Sa-Su 12:00-02:00", 2),
        ("Fr-Sa 22:00-04:00", 4),
        ("Mo-Th 15:00-22:00; Fr-Sa 14:00-04:00", 4),
    ],
)
def test_a_night_is_not_cut_at_midnight(reader: OpeningHoursReader, hours: str, end: int) -> None:
    for moment in (FRIDAY_NIGHT, SATURDAY_ONE):
        state = reader.state(hours, reader.local(moment))
        assert (state.state, state.until and (state.until.day, state.until.hour)) == ("open", (8, end))
    assert reader.state(hours, reader.local(datetime(2024, 6, 8, end, 30))).state == "closed"


def test_a_real_end_at_midnight_stays(reader: OpeningHoursReader) -> None:
    hours = "Mo-Fr 11:00-24:00; Sa 12:00-20:00"
    state = reader.state(hours, reader.local(FRIDAY_NIGHT))
    assert state.until is not None
    assert (state.until.day, state.until.hour) == (8, 0)
    assert reader.state(hours, reader.local(SATURDAY_ONE)).state == "closed"


@given(moment=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)))
def test_the_next_change_lies_ahead(reader: OpeningHoursReader, moment: datetime) -> None:
    local = reader.local(moment)
    state = reader.state("Mo-Fr 11:00-02:00; Sa 12:00-20:00; PH off", local)
    assert state.until is not None
    assert local < state.until < local + timedelta(days=12)


def test_without_the_package_all_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opening_hours", None)
    reader = OpeningHoursReader("Europe/Helsinki", "FI")
    assert reader.problem is not None
    assert "opening-hours-py" in reader.problem
    assert reader.state("24/7", reader.local(None)).state == "unknown"


def test_unknown_time_zone() -> None:
    reader = OpeningHoursReader("Moon/Tycho", "FI")
    assert reader.problem is not None
    assert reader.state("24/7", reader.local(None)).state == "unknown"


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(9999, 12, 31), "now"])
def test_moments_out_of_range(reader: OpeningHoursReader, moment: object) -> None:
    with pytest.raises(InputError):
        reader.local(moment)  # type: ignore[arg-type]
