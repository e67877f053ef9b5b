import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, OutputError
from recommender.catalogue import REASONS, open_catalogue
from recommender.catalogue.checked_place import LONGEST_NAME, checked_place
from recommender.catalogue.import_places import import_places
from recommender.catalogue.import_report import ImportReport, Skipped
from tests.recommender.catalogue.made_places import (
    node,
    write_csv,
    write_foursquare,
    write_osm,
    write_overture,
)

TOWN = [(number, f"Name {number}", 60.1 + number / 1000, 24.9, "museum") for number in range(40)]


def all_rows(path: Path) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT * FROM places ORDER BY row").fetchall()


def adds_up(report: ImportReport) -> bool:
    return report.read == report.imported + sum(report.skipped.values())


def test_importing_twice_gives_the_same_catalogue(tmp_path: Path) -> None:
    table, path = write_csv(tmp_path / "town.csv", TOWN), tmp_path / "town.duckdb"
    first = import_places([table], path)
    rows, facts = all_rows(path), open_catalogue(path).facts()
    again = import_places([table], path)
    assert (first.added, first.replaced, first.total) == (40, 0, 40)
    assert (again.added, again.replaced, again.total) == (0, 40, 40)
    assert all_rows(path) == rows
    assert open_catalogue(path).facts() == facts
    assert [row[0] for row in rows] == list(range(40))
    assert sorted(item.name for item in tmp_path.iterdir()) == ["town.csv", "town.duckdb"]


def test_newer_records_replace_older_ones_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "town.duckdb"
    import_places(
        [write_csv(tmp_path / "town.csv", TOWN)],
        path,
        name="Town",
        timezone="Europe/Helsinki",
        country="FI",
        dated="2026-01-02",
    )
    changed = [(3, "Renamed", 60.5, 24.9, "library"), (99, "New", 60.2, 24.9, "park")]
    report = import_places([write_csv(tmp_path / "more.csv", changed)], path)
    assert (report.added, report.replaced, report.total) == (1, 1, 41)
    catalogue = open_catalogue(path)
    old, renamed, new = catalogue.find(["csv:2", "csv:3", "csv:99"])
    assert (old.name, renamed.name, renamed.type, new.name) == ("Name 2", "Renamed", "library", "New")
    assert (catalogue.name, catalogue.timezone, catalogue.country) == ("Town", "Europe/Helsinki", "FI")
    assert catalogue.dated == "2026-01-02"
    assert [source["name"] for source in catalogue.facts()["sources"]] == ["town.csv, more.csv"]


def test_sources_and_licences_are_kept_for_each_file(tmp_path: Path) -> None:
    path = tmp_path / "mixed.duckdb"
    report = import_places(
        [
            write_osm(tmp_path / "a.json", [node(1, amenity="cafe")]),
            write_overture(
                tmp_path / "b.parquet",
                [
                    {"id": "a1", "name": "A", "category": "museum", "dataset": "meta"},
                    {"id": "a2", "name": "B", "category": "museum", "dataset": "Foursquare"},
                ],
            ),
            write_foursquare(tmp_path / "c.parquet", [{"id": "f1", "name": "C", "labels": ["Bar"]}]),
        ],
        path,
    )
    assert (report.read, report.imported) == (4, 4)
    catalogue = open_catalogue(path)
    sources = {source["key"]: source for source in catalogue.facts()["sources"]}
    assert {key: source["places"] for key, source in sources.items()} == {"osm": 1, "overture": 2, "fsq": 1}
    assert sources["osm"]["licence"] == "ODbL-1.0"
    assert sources["fsq"]["licence"] == "Apache-2.0"
    assert sources["overture"]["licence"] == "Apache-2.0 AND CDLA-Permissive-2.0"
    for words in ("OpenStreetMap contributors", "Overture Maps Foundation", "Foursquare Labs", "meta"):
        assert words in catalogue.attribution


def test_what_is_left_out_is_counted_with_examples(tmp_path: Path) -> None:
    rows = [
        (1, "Fine", 60.1, 24.9, "museum"),
        (1, "Twice", 60.1, 24.9, "museum"),
        (2, "", 60.1, 24.9, "museum"),
        (3, "Nowhere", "", "", "museum"),
        (4, "Zero", 0, 0, "museum"),
        (5, "Swapped", 124.9, 60.1, "museum"),
        (6, "Off the map", 60.1, 224.9, "museum"),
        (7, "Unheard of", 60.1, 24.9, "xyzzy"),
        (8, "Words", "north", "east", "museum"),
        (9, "Not a number", "nan", 24.9, "museum"),
        (10, "Endless", "inf", 24.9, "museum"),
    ]
    report = import_places([write_csv(tmp_path / "odd.csv", rows)], tmp_path / "odd.duckdb")
    assert report.imported == 1
    assert adds_up(report)
    assert report.skipped == Counter(
        duplicate=1, no_name=1, no_position=3, swapped=1, out_of_range=2, no_type=1, unreadable=1
    )
    assert set(report.skipped) <= set(REASONS)
    assert report.examples["swapped"] == ["csv:5 Swapped"]
    assert report.examples["duplicate"] == ["csv:1"]
    told = report.to_dict()["skipped"]["no_position"]
    assert told["count"] == 3
    assert len(told["examples"]) == 3
    assert open_catalogue(tmp_path / "odd.duckdb").find(["csv:1"])[0].name == "Fine"


def test_swapped_coordinates_within_range_stand_out_in_a_town(tmp_path: Path) -> None:
    rows = [*TOWN, (70, "Mirrored", 24.9, 60.12, "museum"), (71, "Far but right", 48.1, 11.6, "museum")]
    report = import_places([write_csv(tmp_path / "town.csv", rows)], tmp_path / "town.duckdb")
    assert report.skipped == Counter(swapped=1)
    assert report.examples["swapped"] == ["csv:70 Mirrored"]
    assert report.imported == 41


def test_places_on_the_date_line_are_not_taken_for_swapped(tmp_path: Path) -> None:
    rows = [(n, f"Taveuni {n}", -16.8 + n / 1000, (-1) ** n * 179.99, "beach") for n in range(30)]
    report = import_places([write_csv(tmp_path / "fiji.csv", rows)], tmp_path / "fiji.duckdb")
    assert report.imported == 30
    catalogue = open_catalogue(tmp_path / "fiji.duckdb")
    assert len(catalogue.near((-16.8, 180.0), 5000.0)) == 30
    assert abs(catalogue.centre()[1]) > 179.9


def test_visits_become_prominence_by_rank(tmp_path: Path) -> None:
    rows = [
        (n, f"N{n}", 60.1, 24.9, "museum", visits) for n, visits in enumerate([500, 0, 7, 7, "", "many", -3])
    ]
    table = write_csv(tmp_path / "counted.csv", rows, "id,name,lat,lon,type,visits")
    report = import_places([table], tmp_path / "counted.duckdb")
    found = open_catalogue(tmp_path / "counted.duckdb").find([f"csv:{n}" for n in range(7)])
    shown = [place.prominence for place in found]
    assert shown[0] == 1.0
    assert 0.0 < shown[2] == shown[3] < 1.0
    assert shown[1] == shown[4] == shown[5] == shown[6] == 0.0
    assert report.notes["value_ignored"] == 2


def test_a_place_that_has_closed_goes(tmp_path: Path) -> None:
    path, extract = tmp_path / "town.duckdb", tmp_path / "town.json"
    import_places([write_osm(extract, [node(1, amenity="cafe"), node(2, amenity="cafe")])], path)
    gone = node(2, **{"disused:amenity": "cafe"})
    report = import_places([write_osm(extract, [node(1, amenity="cafe"), gone])], path)
    assert (report.removed, report.total) == (1, 1)
    assert report.skipped == Counter(closed=1)
    assert open_catalogue(path).find(["osm:node/2"]) == []


def test_empty_files_give_an_empty_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    report = import_places([write_osm(tmp_path / "empty.json", [])], path)
    assert (report.read, report.total) == (0, 0)
    catalogue = open_catalogue(path)
    assert len(catalogue) == len(catalogue.near((0, 0), 1e9)) == len(catalogue.nearest((0, 0), 5)) == 0
    with pytest.raises(InputError, match="no places"):
        catalogue.centre()
    assert import_places([write_csv(tmp_path / "town.csv", TOWN)], path).total == 40


def test_opening_hours_are_kept_and_those_that_can_not_be_read_counted(tmp_path: Path) -> None:
    hours = ["Mo-Fr 08:00-18:00", "24/7", "when the cat is in", "Mo-Fr 08:00-18:00", "x" * 100_000]
    elements = [node(n, amenity="cafe", opening_hours=text) for n, text in enumerate(hours)]
    report = import_places([write_osm(tmp_path / "a.json", elements)], tmp_path / "a.duckdb")
    assert report.hours["places"] == 4
    assert report.hours["distinct"] == 3
    assert report.hours["unreadable"] == 1
    assert report.hours["examples"] == ["when the cat is in"]
    assert report.notes["hours_too_long"] == 1
    found = open_catalogue(tmp_path / "a.duckdb").find([f"osm:node/{n}" for n in range(5)])
    assert [place.opening_hours for place in found] == [*hours[:4], None]


def test_endless_tags_are_cut_or_left_out(tmp_path: Path) -> None:
    endless = "n" * 100_000
    elements = [
        node(1, amenity="cafe", name=endless),
        node(2, amenity="cafe", **{"name:en": endless}),
        node(3, amenity=endless),
        node(4, amenity="cafe", note=endless, wheelchair=endless, min_age=endless),
    ]
    report = import_places([write_osm(tmp_path / "a.json", elements)], tmp_path / "a.duckdb")
    assert report.skipped == Counter(no_type=1)
    assert report.notes["text_cut"] == 2
    cut, _, other = open_catalogue(tmp_path / "a.duckdb").find(["osm:node/1", "osm:node/2", "osm:node/4"])
    assert len(cut.name) == LONGEST_NAME
    assert (other.wheelchair, other.min_age) == (None, None)
    assert max(len(text) for texts in report.examples.values() for text in texts) < 100


def test_a_file_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "town.duckdb"
    table = write_csv(tmp_path / "town.csv", TOWN)
    import_places([table], path)
    before = path.read_bytes()
    (tmp_path / "cut.json").write_text('{"elements": [{"type": "node", "id": 1, "lat": 60')
    with pytest.raises(InputError, match=r"cut\.json"):
        import_places([table, tmp_path / "cut.json"], path)
    assert path.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["cut.json", "town.csv", "town.duckdb"]


KILLED = """
import sys, time
from recommender.catalogue.import_places import import_places
def slow(items, total, what):
    for item in items:
        yield item
        print("half way", flush=True)
        time.sleep(60)
import_places([sys.argv[1]], sys.argv[2], watch=slow)
"""


def test_a_killed_import_leaves_the_old_catalogue_whole(tmp_path: Path) -> None:
    path, table = tmp_path / "town.duckdb", write_csv(tmp_path / "town.csv", TOWN)
    import_places([table], path)
    before = path.read_bytes()
    more = write_csv(tmp_path / "more.csv", [(n, "More", 60.1, 24.9, "bar") for n in range(9)])
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(more), str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"half way"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert path.read_bytes() == before
    assert any(item.name.endswith(".importing") for item in tmp_path.iterdir())
    assert import_places([more], path).total == 40
    assert not any(item.name.endswith(".importing") for item in tmp_path.iterdir())


FULL = """
import resource, sys
from emopoi.errors import OutputError
from recommender.catalogue.import_places import import_places
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    import_places([sys.argv[1]], sys.argv[2])
except OutputError as error:
    print("OutputError", error)
"""


def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path) -> None:
    path, table = tmp_path / "town.duckdb", write_csv(tmp_path / "town.csv", TOWN)
    import_places([table], path)
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(table), str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("OutputError"), done.stderr
    assert "town.duckdb" in done.stdout
    assert path.read_bytes() == before


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "town.csv", TOWN)
    with pytest.raises(OutputError):
        import_places([table], table / "inside" / "town.duckdb")
    (tmp_path / "folder").mkdir()
    with pytest.raises((InputError, OutputError), match="folder"):
        import_places([table], tmp_path / "folder")
    with pytest.raises(InputError, match="no catalogue"):
        import_places([table], table)
    assert table.read_text(encoding="utf-8").startswith("id,name")


def test_somebody_else_changing_the_file_meanwhile_is_noticed(tmp_path: Path) -> None:
    path, table = tmp_path / "town.duckdb", write_csv(tmp_path / "town.csv", TOWN)
    import_places([table], path)
    other = tmp_path / "other.duckdb"
    import_places([write_csv(tmp_path / "one.csv", TOWN[:1])], other)

    def watch(items, total, what):
        yield from items
        shutil.copy(other, tmp_path / "copy")
        os.replace(tmp_path / "copy", path)

    with pytest.raises(OutputError, match="somebody else"):
        import_places([table], path, watch=watch)
    assert len(open_catalogue(path)) == 1


def test_progress_is_shown_for_each_file(tmp_path: Path) -> None:
    told = []

    def watch(items, total, what):
        told.append((total, what))
        yield from items

    files = [
        write_csv(tmp_path / "town.csv", TOWN),
        write_overture(tmp_path / "o.parquet", [{"id": "1", "name": "A", "category": "museum"}]),
    ]
    import_places(files, tmp_path / "a.duckdb", watch=watch)
    assert told == [(None, "reading town.csv"), (1, "reading o.parquet")]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"timezone": "Mars/Olympus"}, "IANA"),
        ({"timezone": "../etc"}, "IANA"),
        ({"country": "Finland"}, "country"),
        ({"dated": "yesterday"}, "dated"),
        ({"format": "shapefile"}, "format"),
    ],
)
def test_wrong_options(tmp_path: Path, options: dict, named: str) -> None:
    with pytest.raises(InputError, match=named):
        import_places([write_csv(tmp_path / "town.csv", TOWN)], tmp_path / "a.duckdb", **options)
    with pytest.raises(InputError, match="at least one"):
        import_places([], tmp_path / "a.duckdb")


junk = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.lists(st.integers(), max_size=2),
)


@settings(max_examples=200)
@given(st.sampled_from(["museum", None]), *[junk] * 8)
def test_any_values_give_a_sound_place_or_a_reason(
    kind, name, lat, lon, english, hours, chair, price, age
) -> None:
    notes: Counter[str] = Counter()
    answer = checked_place(
        "csv:1",
        name=name,
        kind=kind,
        lat=lat,
        lon=lon,
        notes=notes,
        name_en=english,
        opening_hours=hours,
        wheelchair=chair,
        price=price,
        min_age=age,
    )
    if isinstance(answer, Skipped):
        assert answer.reason in REASONS
        return
    assert answer.name
    assert answer.name == " ".join(answer.name.split())
    answer.name.encode()
    assert -90 <= answer.lat <= 90
    assert -180 <= answer.lon <= 180
    assert answer.price in (None, 1, 2, 3, 4)
    assert answer.min_age is None or 1 <= answer.min_age <= 99


@pytest.fixture(scope="module")
def helsinki(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ImportReport, Path]:
    path = tmp_path_factory.mktemp("helsinki") / "json.duckdb"
    return import_places([data_dir / "poi" / "osm_helsinki_centre.overpass.json"], path), path


def test_every_element_of_the_helsinki_extract_is_accounted_for(helsinki, data_dir: Path) -> None:
    report, path = helsinki
    assert report.read == 2575
    assert adds_up(report)
    assert report.imported == report.total == 1227
    assert report.skipped == Counter(no_name=1348)
    assert open_catalogue(path).centre() == pytest.approx((60.17, 24.943), abs=0.002)


def test_every_opening_hours_text_of_helsinki_is_read_or_counted(helsinki, data_dir: Path) -> None:
    from opening_hours import OpeningHours

    report, _ = helsinki
    text = (data_dir / "poi" / "osm_helsinki_centre.overpass.json").read_text(encoding="utf-8")
    tags = [element.get("tags", {}) for element in json.loads(text)["elements"]]
    named = [entry["opening_hours"] for entry in tags if "name" in entry and "opening_hours" in entry]
    readable = 0
    for hours in named:
        try:
            OpeningHours(hours)
            readable += 1
        except Exception:
            continue
    assert report.hours["places"] == len(named)
    assert report.hours["unreadable"] == len(named) - readable
    assert readable > 0.97 * len(named)


def test_the_extract_as_pbf_has_the_same_places_and_more(helsinki, data_dir: Path, tmp_path: Path) -> None:
    start = time.monotonic()
    path = tmp_path / "pbf.duckdb"
    report = import_places([data_dir / "poi" / "osm_helsinki_centre.osm.pbf"], path)
    assert adds_up(report)
    assert time.monotonic() - start < 120
    plain, other = open_catalogue(helsinki[1]), open_catalogue(path)
    rows = plain.places(range(len(plain)))
    again = {place.id: place for place in other.find([place.id for place in rows])}
    assert len(again) >= 0.99 * len(rows)
    for place in rows:
        if place.id in again:
            twin = again[place.id]
            assert twin.name == place.name
            assert twin.type == place.type
            assert twin.lat == pytest.approx(place.lat, abs=2e-3)
            assert twin.lon == pytest.approx(place.lon, abs=2e-3)
    assert len(other) > len(plain)
    (square,) = [place for place in other.search("Senaatintori", 5) if place.type == "square"]
    assert square.id.startswith("osm:")
