from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from emopoi.errors import InputError
from recommender.check_ins import LATER_COLUMNS, read_pois, read_visits

Write = Callable[..., Path]


def times(*seconds: int | None) -> pa.Array:
    return pa.array(seconds, type=pa.timestamp("s", tz="UTC"))


def test_one_code_table_over_all_files(write_table: Write) -> None:
    train = write_table("a.parquet", user=[1, 2], poi=["b", "c"], utc_time=times(10, 20))
    catalogue = write_table("b.parquet", poi=["a", "c", "d"], lat=[3.0, 4.0, None], lon=[101.0, 102.0, None])
    pois = read_pois(train, catalogue)
    assert pois.ids == ["a", "b", "c", "d"]
    assert pois.lat[2] == 4.0 and np.isnan(pois.lat[[1, 3]]).all()
    assert read_visits(train, pois).poi.tolist() == [1, 2]
    assert pois.codes(["d", "strange"]).tolist() == [3, -1]


def test_visits_are_sorted_and_repeats_and_holes_left_out(write_table: Write) -> None:
    file = write_table(
        "a.parquet",
        user=[2, 1, 1, 1, None, 3],
        poi=["a", "b", "b", None, "a", "c"],
        utc_time=times(50, 40, 40, 30, 20, None),
    )
    visits = read_visits(file, read_pois(file))
    assert visits.user.tolist() == [1, 2]
    assert visits.time_s.tolist() == [40, 50]
    assert visits.trail[0] != visits.trail[1]


def test_local_time_and_a_wrong_offset(write_table: Write) -> None:
    thursday_2330 = 23 * 3600 + 1800  # 1970-01-01, UTC
    file = write_table(
        "a.parquet",
        user=[1, 2, 3, 4],
        poi=["a", "a", "a", "b"],
        utc_time=times(*[thursday_2330 + row for row in range(4)]),
        tz_offset_min=[480, 480, -600, 0],  # the third is across the globe, the last has no place to ask
        lat=[3.1, 3.1, 3.1, None],
        lon=[101.7, 101.7, 101.7, None],
    )
    visits = read_visits(file, read_pois(file))
    assert visits.weekday.tolist() == [4] * 4  # Friday
    assert visits.hour.tolist() == [7] * 4


def test_an_offset_across_the_date_line_is_no_mistake(write_table: Write) -> None:
    file = write_table(
        "a.parquet",
        user=[1, 2],
        poi=["kiritimati", "home"],
        utc_time=times(0, 1),
        tz_offset_min=[840, 720],
        lat=[1.9, -36.8],
        lon=[-157.4, 174.8],
    )
    assert read_visits(file, read_pois(file)).hour.tolist() == [14, 12]


def test_coordinates_off_the_globe_are_not_known(write_table: Write) -> None:
    file = write_table("a.parquet", poi=["a", "b", "a"], lat=[103.0, np.inf, 3.0], lon=[3.0, 1.0, 101.0])
    pois = read_pois(file)
    assert pois.lat[0] == 3.0 and np.isnan(pois.lat[1])


def test_later_columns_only_where_asked_for(write_table: Write) -> None:
    file = write_table("a.parquet", poi=["a", "b"], total_ratings=[5, None], rating=[9.0, 8.0])
    assert dict(read_pois(file).later) == {}
    later = read_pois(file, later_columns=True).later
    assert set(later) == {"total_ratings", "rating"} < set(LATER_COLUMNS)
    assert later["total_ratings"][0] == 5 and np.isnan(later["total_ratings"][1])


def test_text_keys_of_users_are_the_same_in_every_file(write_table: Write) -> None:
    first = write_table("a.parquet", user=["ann", "bob"], poi=["a", "a"], utc_time=times(1, 2))
    second = write_table("b.parquet", user=["bob"], poi=["a"], utc_time=times(3))
    pois = read_pois(first, second)
    assert read_visits(first, pois).user[1] == read_visits(second, pois).user[0]


def test_trails_from_the_time_between(write_table: Write) -> None:
    file = write_table("a.parquet", user=[1, 1, 1], poi=["a", "b", "c"], utc_time=times(0, 3600, 100_000))
    trail = read_visits(file, read_pois(file)).trail
    assert trail[0] == trail[1] != trail[2]


def test_what_is_wrong_is_said(write_table: Write, tmp_path: Path) -> None:
    good = write_table("good.parquet", user=[1], poi=["a"], utc_time=times(1))
    pois = read_pois(good)
    with pytest.raises(InputError, match="no such file"):
        read_visits(tmp_path / "none.parquet", pois)
    text = tmp_path / "text.parquet"
    text.write_text("not parquet")
    with pytest.raises(InputError, match="cannot be read as parquet"):
        read_visits(text, pois)
    with pytest.raises(InputError, match="'utc_time' was expected"):
        read_visits(write_table("b.parquet", user=[1], poi=["a"]), pois)
    with pytest.raises(InputError, match="a timestamp was expected, got int64"):
        read_visits(write_table("c.parquet", user=[1], poi=["a"], utc_time=[5]), pois)
    with pytest.raises(InputError, match="'z' is not in the table"):
        read_visits(write_table("d.parquet", user=[1], poi=["z"], utc_time=times(1)), pois)
    with pytest.raises(InputError, match="has none"):
        read_visits(write_table("e.parquet", user=[1], poi=["a"], utc_time=times(None)), pois)
    with pytest.raises(InputError, match="at least one"):
        read_pois()
