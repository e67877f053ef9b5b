from collections import Counter
from pathlib import Path

import pytest

from emopoi.errors import InputError
from recommender.catalogue.arrow_places import CountedPlace
from recommender.catalogue.import_report import Skipped
from recommender.catalogue.readers.csv_table import read_csv
from recommender.place import Place


def read(path: Path, text: str) -> list:
    path.write_text(text, encoding="utf-8")
    return [entry for part in read_csv(path, Counter()) for entry in part]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_spellings(tmp_path: Path, delimiter: str) -> None:
    header = delimiter.join(["Category", "NAME", "Longitude", "Latitude", "price", "extra"])
    line = delimiter.join(["Coffee Shop", "Kulma", "24.94", "60.17", "2", "x"])
    (place,) = read(tmp_path / "own places.csv", f"\ufeff{header}\n{line}\n")
    assert isinstance(place, Place)
    assert (place.id, place.type, place.price) == ("csv:own places-1", "cafe", 2)
    assert (place.lat, place.lon) == (60.17, 24.94)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("museum", "museum"),
        ("Museum ", "museum"),
        ("record_shop", "record_shop"),
        ("tourism=viewpoint", "viewpoint"),
        ("Nightlife Spot", "bar"),
        ("art_museum", "museum"),
        ("biergarten", "pub"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_types_in_any_vocabulary(tmp_path: Path, label: str, expected: str | None) -> None:
    (place,) = read(tmp_path / "a.csv", f"name,lat,lon,type\nX,60,25,{label}\n")
    assert (None if isinstance(place, Skipped) else place.type) == expected


def test_quotes_short_lines_and_endless_fields(tmp_path: Path) -> None:
    text = (
        'name,lat,lon,type\n"Kulma, the ""old"" one",60,25,bar\n\nShort,60\n'
        + f"{'n' * 100_000},60,25,bar\n{'n' * 200_000},60,25,bar\nLast,60,25,bar\n"
    )
    first, short, long, endless, last = read(tmp_path / "a.csv", text)
    assert first.name == 'Kulma, the "old" one'
    assert short.reason == "no_type"
    assert len(long.name) == 200
    assert endless.reason == "unreadable"
    assert last.name == "Last"


def test_visits_are_counted_unless_a_prominence_is_given(tmp_path: Path) -> None:
    text = "name,lat,lon,type,visits,prominence\nA,60,25,bar,9,\nB,60,25,bar,9,0.5\nC,60,25,bar,,\n"
    counted, given, neither = read(tmp_path / "a.csv", text)
    assert isinstance(counted, CountedPlace)
    assert counted.visits == 9.0
    assert (given.prominence, neither.prominence) == (0.5, 0.0)


@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2\n", "name,lat,type\nX,60,bar\n"])
def test_tables_without_the_columns(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="is missing"):
        read(tmp_path / "a.csv", text)


def test_files_that_are_no_table(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("name,lat,lon,type\nCafé,60,25,bar\n".encode("latin-1"))
    for name in ("latin.csv", "none.csv"):
        with pytest.raises(InputError, match=name):
            list(read_csv(tmp_path / name, Counter()))
