import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

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


@pytest.mark.parametrize(
    ("at", "zone"),
    [
        ((60.17, 24.94), "Europe/Helsinki"),
        ((-36.85, 174.76), "Pacific/Auckland"),
        ((3.15, 101.7), "Asia/Kuala_Lumpur"),
    ],
)
def test_the_zone_is_found_by_the_position(at: tuple[float, float], zone: str) -> None:
    found = OpeningHoursReader("", "", at)
    assert found.problem is None and found.zone is not None and found.zone.key == zone
    noon = found.local(datetime(2024, 6, 5, 12, 0))
    assert noon.utcoffset() == datetime(2024, 6, 5, 12, 0, tzinfo=ZoneInfo(zone)).utcoffset()
    state = found.state("Mo-Fr 10:00-20:00", noon)
    assert state.state == "open" and state.until == noon.replace(hour=20)


def test_a_zone_that_is_given_stays() -> None:
    given_one = OpeningHoursReader("Asia/Tokyo", "JP", (60.17, 24.94))
    assert given_one.zone is not None and given_one.zone.key == "Asia/Tokyo"


def test_holidays_are_those_of_the_country_there() -> None:
    # 6 June is the national day of Sweden, a Thursday in 2024; nothing happens in Finland.
    day = datetime(2024, 6, 6, 12, 0)
    sweden, finland = (OpeningHoursReader("", "", at) for at in ((59.33, 18.07), (60.17, 24.94)))
    hours = "Mo-Fr 10:00-20:00; PH off"
    assert sweden.state(hours, sweden.local(day)).state == "closed"
    assert finland.state(hours, finland.local(day)).state == "open"


@pytest.mark.parametrize(("month", "hour"), [(12, 15), (6, 22)])
def test_the_sun_sets_where_the_place_is(month: int, hour: int) -> None:
    for zone, country in (("Europe/Helsinki", "FI"), ("", "")):
        there = OpeningHoursReader(zone, country, (60.17, 24.94))
        until = there.state("sunrise-sunset", there.local(datetime(2024, month, 6, 12, 0))).until
        assert until is not None and until.hour == hour


@pytest.mark.parametrize("at", [(90.0, 0.0), (-90.0, 55.0), (0.0, 180.0), None])
def test_where_there_is_no_zone_hours_are_unknown(at: tuple[float, float] | None) -> None:
    nowhere = OpeningHoursReader("", "", at)
    assert nowhere.zone is None and nowhere.problem is not None and "no time zone" in nowhere.problem
    for hours in ("24/7", "sunrise-sunset", "Mo-Fr 10:00-20:00; PH off"):
        assert nowhere.state(hours, nowhere.local(None)).state == "unknown"


@pytest.mark.parametrize("at", [(90.0, 0.0), (78.2, 15.6), (-78.0, 100.0), (0.0, 180.0)])
@given(moment=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)))
def test_hours_of_the_sun_where_it_does_not_rise(at: tuple[float, float], moment: datetime) -> None:
    polar = OpeningHoursReader("Arctic/Longyearbyen", "NO", at)
    for hours in ("sunrise-sunset", "(sunrise-02:00)-(sunset+03:00)", "dawn-dusk; PH off"):
        assert polar.state(hours, polar.local(moment)).state in ("open", "closed", "unknown")


@given(
    hours=st.text(st.sampled_from('Mo-FrSuPH 0123456789:;,+"|()[]offopenunknownsunrise week'), max_size=40)
)
def test_nonsense_is_never_an_error(reader: OpeningHoursReader, hours: str) -> None:
    assert reader.state(hours, reader.local(FRIDAY_NIGHT)).state in ("open", "closed", "unknown")


def test_a_text_of_a_hundred_thousand_letters(reader: OpeningHoursReader) -> None:
    for hours in ("x" * 100_000, "Mo 10:00-11:00; " * 6000, '"' * 100_000):
        assert reader.state(hours, reader.local(FRIDAY_NIGHT)).state in ("open", "closed", "unknown")


def test_unknown_time_zone() -> None:
    reader = OpeningHoursReader("Moon/Tycho", "FI")
    assert reader.problem is not None
    assert reader.state("24/7", reader.local(None)).state == "unknown"


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(9999, 12, 31), "now"])
def test_moments_out_of_range(reader: OpeningHoursReader, moment: object) -> None:
    with pytest.raises(InputError):
        reader.local(moment)  # type: ignore[arg-type]
