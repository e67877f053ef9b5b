import struct
from collections import Counter
from pathlib import Path

import pyarrow as arrow
import pytest
from pyarrow import parquet

from emopoi.errors import InputError
from recommender.catalogue.import_report import ImportReport
from recommender.catalogue.readers.formats import format_of
from recommender.catalogue.readers.foursquare import FoursquarePlaces
from recommender.catalogue.readers.overture import OverturePlaces
from recommender.taxonomy import TYPES
from tests.recommender.catalogue.made_places import overture_table, point, write_foursquare, write_overture

KINDS = list(TYPES)


def read(reader) -> tuple[list[dict], ImportReport]:
    report = ImportReport()
    rows = [row for table in reader.batches(report) for row in table.to_pylist()]
    assert report.read == len(rows) + sum(report.skipped.values())
    return rows, report


@pytest.mark.parametrize("layout", ["older", "newer", "both"])
def test_layouts_of_overture(tmp_path: Path, layout: str) -> None:
    rows = [
        {
            "id": "a",
            "name": "Ateneum",
            "category": "art_museum",
            "path": ["arts_and_entertainment", "museum"],
        },
        {
            "id": "b",
            "name": "Kulma",
            "category": "coffee_shop",
            "common": {"en": "Corner"},
            "confidence": 0.25,
        },
        {
            "id": "c",
            "name": "X",
            "category": "xyzzy",
            "alternate": ["bar"],
            "path": ["food_and_drink", "bar"],
        },
    ]
    reader = OverturePlaces(write_overture(tmp_path / "o.parquet", rows, layout=layout))
    found, report = read(reader)
    assert [KINDS[row["type"]] for row in found] == ["museum", "cafe", "bar"]
    assert [row["id"] for row in found] == ["overture:a", "overture:b", "overture:c"]
    assert (found[0]["lat"], found[0]["lon"]) == (60.17, 24.94)
    assert [row["name_en"] for row in found] == [None, "Corner", None]
    assert found[1]["prominence"] == 0.25
    assert reader.datasets == {"meta"}
    assert not report.skipped


def test_what_overture_leaves_out(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "name": "Fine", "category": "bar", "confidence": 7.0},
        {"id": "2", "name": " \n", "category": "bar"},
        {"id": "3", "name": None, "category": "bar"},
        {"id": "4", "name": "Gone", "category": "bar", "status": "permanently_closed"},
        {"id": "5", "name": "Shut", "category": "bar", "status": "temporarily_closed"},
        {"id": "6", "name": "What", "category": "xyzzy"},
        {"id": "7", "name": "What", "category": None},
        {"id": "8", "name": "Turned", "category": "bar", "lat": 124.0, "lon": 60.0},
        {"id": "9", "name": "Off", "category": "bar", "lat": 60.0, "lon": 999.0},
        {"id": "10", "name": "Nowhere", "category": "bar", "wkb": None},
        {"id": "11", "name": "Broken", "category": "bar", "wkb": b"\x01\x01\x00"},
        {"id": "12", "name": "Zero", "category": "bar", "lat": 0.0, "lon": 0.0},
        {"id": None, "name": "No id", "category": "bar"},
        {"id": "i" * 300, "name": "Endless id", "category": "bar"},
        {"id": "13", "name": "n" * 100_000, "category": "bar"},
    ]
    reader = OverturePlaces(write_overture(tmp_path / "o.parquet", rows))
    found, report = read(reader)
    assert [row["id"] for row in found] == ["overture:1", "overture:13"]
    assert len(found[1]["name"]) == 200
    assert found[0]["prominence"] == 0.0
    assert report.skipped == Counter(
        no_name=2, closed=2, no_type=2, swapped=1, out_of_range=1, no_position=3, unreadable=2
    )
    assert report.notes["text_cut"] == 1
    assert report.notes["value_ignored"] == 1
    assert reader.closed == ["overture:4", "overture:5"]
    assert report.examples["swapped"] == ["overture:8 Turned"]


def test_other_geometries_of_geoparquet(tmp_path: Path) -> None:
    table = overture_table([{"id": "a", "name": "A", "category": "bar"}] * 3)
    big = struct.pack(">BIdd", 0, 1, 24.94, 60.17)
    boxed = table.set_column(1, "geometry", arrow.array([big, None, point(1.0, 2.0)], arrow.large_binary()))
    box = arrow.array([{"xmin": 1.0, "xmax": 3.0, "ymin": 4.0, "ymax": 6.0}] * 3)
    parquet.write_table(boxed.append_column("bbox", box), tmp_path / "boxed.parquet")
    found, _ = read(OverturePlaces(tmp_path / "boxed.parquet"))
    assert [(row["lon"], row["lat"]) for row in found] == [(2.0, 5.0), (2.0, 5.0), (1.0, 2.0)]
    native = arrow.array([{"x": 24.0, "y": 60.0}, None, {"x": 25.0, "y": None}])
    parquet.write_table(table.set_column(1, "geometry", native), tmp_path / "native.parquet")
    found, report = read(OverturePlaces(tmp_path / "native.parquet"))
    assert [(row["lon"], row["lat"]) for row in found] == [(24.0, 60.0)]
    assert report.skipped == Counter(no_position=2)


def test_texts_may_be_dictionaries_or_large(tmp_path: Path) -> None:
    table = overture_table([{"id": "a", "name": "A", "category": "bar", "basic": "bar"}] * 5)
    for kind in (arrow.large_string(), arrow.dictionary(arrow.int32(), arrow.string())):
        index = table.schema.get_field_index("basic_category")
        changed = table.set_column(index, "basic_category", table.column(index).cast(kind))
        changed = changed.set_column(0, "id", changed.column(0).cast(arrow.large_string()))
        parquet.write_table(changed, tmp_path / "o.parquet")
        found, _ = read(OverturePlaces(tmp_path / "o.parquet"))
        assert len(found) == 5


def test_todays_foursquare(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "name": "Café", "labels": ["Dining and Drinking > Cafe, Coffee, and Tea House > Café"]},
        {"id": "b", "name": "Gone", "labels": ["Dining and Drinking > Bar"], "closed": "2021-03-04"},
        {"id": "c", "name": "Secret", "labels": ["Dining and Drinking > Bar"], "flags": ["privatevenue"]},
        {"id": "d", "name": "Was", "labels": ["Dining and Drinking > Bar"], "flags": ["doesnt_exist"]},
        {"id": "e", "name": "What", "labels": None},
        {"id": "f", "name": "", "labels": ["Dining and Drinking > Bar"]},
        {"id": "g", "name": "No lat", "labels": ["Dining and Drinking > Bar"], "lat": None},
        {"id": "h", "name": "Turned", "labels": ["Dining and Drinking > Bar"], "lat": 124.0, "lon": 60.0},
    ]
    reader = FoursquarePlaces(write_foursquare(tmp_path / "f.parquet", rows))
    found, report = read(reader)
    assert [(row["id"], KINDS[row["type"]], row["prominence"]) for row in found] == [("fsq:a", "cafe", 0.0)]
    assert report.skipped == Counter(closed=2, flagged=1, no_type=1, no_name=1, no_position=1, swapped=1)
    assert reader.closed == ["fsq:b", "fsq:d"]


def test_older_category_columns_of_foursquare(tmp_path: Path) -> None:
    rows = [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]
    levels = {
        "level1_category_name": arrow.array(["Dining and Drinking", "Nightlife Spot"]),
        "level2_category_name": arrow.array(["Bar", None]),
        "level3_category_name": arrow.array(["Wine Bar", None]),
    }
    path = write_foursquare(tmp_path / "levels.parquet", rows, fsq_category_labels=None, **levels)
    assert [KINDS[row["type"]] for row in read(FoursquarePlaces(path))[0]] == ["bar", "bar"]
    plain = arrow.array(["Great Outdoors", "Coffee Shop"])
    path = write_foursquare(tmp_path / "plain.parquet", rows, fsq_category_labels=None, venue_category=plain)
    assert [KINDS[row["type"]] for row in read(FoursquarePlaces(path))[0]] == ["park", "cafe"]


def test_popularity_and_price_of_foursquare_where_they_are(tmp_path: Path) -> None:
    rows = [{"id": str(n), "name": "A", "labels": ["Bar"]} for n in range(3)]
    path = write_foursquare(
        tmp_path / "f.parquet",
        rows,
        popularity=arrow.array([0.5, 3.0, None]),
        price=arrow.array([4, 9, None], arrow.int8()),
    )
    found, report = read(FoursquarePlaces(path))
    assert [(row["prominence"], row["price"]) for row in found] == [(0.5, 4), (0.0, 0), (0.0, 0)]
    assert report.notes["value_ignored"] == 2


def test_damaged_files(tmp_path: Path) -> None:
    rows = [{"id": str(n), "name": f"N{n}", "category": "bar"} for n in range(5000)]
    whole = write_overture(tmp_path / "whole.parquet", rows).read_bytes()
    path = tmp_path / "broken.parquet"
    for content in (whole[: len(whole) // 2], b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"broken\.parquet"):
            format_of(path)
        with pytest.raises(InputError, match=r"broken\.parquet"):
            read(OverturePlaces(path))
    damaged = bytearray(whole)
    damaged[40:4000] = bytes(3960)
    path.write_bytes(bytes(damaged))
    with pytest.raises(InputError, match=r"broken\.parquet"):
        read(OverturePlaces(path))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("id", [1]),
        ("names", ["A"]),
        ("names", [{"secondary": "A"}]),
        ("names", [{"primary": {"deep": 1}}]),
        ("geometry", ["POINT (1 2)"]),
        ("confidence", ["high"]),
        ("operating_status", [1]),
        ("basic_category", [3]),
        ("categories", ["bar"]),
        ("taxonomy", [["bar"]]),
        ("taxonomy", [{"primary": [1, 2]}]),
    ],
)
def test_wrong_column_types_of_overture(tmp_path: Path, column: str, values: list) -> None:
    table = overture_table([{"id": "a", "name": "A", "category": "bar"}])
    index = table.schema.get_field_index(column)
    parquet.write_table(table.set_column(index, column, arrow.array(values)), tmp_path / "o.parquet")
    with pytest.raises(InputError, match=r"o\.parquet.*column"):
        read(OverturePlaces(tmp_path / "o.parquet"))


@pytest.mark.parametrize("column", ["id", "names", "geometry"])
def test_missing_columns_of_overture(tmp_path: Path, column: str) -> None:
    table = overture_table([{"id": "a", "name": "A", "category": "bar"}])
    parquet.write_table(table.drop_columns([column]), tmp_path / "o.parquet")
    with pytest.raises(InputError, match=r"o\.parquet"):
        read(OverturePlaces(tmp_path / "o.parquet"))
    bare = table.drop_columns(["categories", "taxonomy", "basic_category"])
    parquet.write_table(bare, tmp_path / "o.parquet")
    with pytest.raises(InputError, match="categories, taxonomy"):
        OverturePlaces(tmp_path / "o.parquet")


def test_wrong_column_types_of_foursquare(tmp_path: Path) -> None:
    rows = [{"id": "a", "name": "A", "labels": ["Bar"]}]
    for replaced in (
        {"latitude": arrow.array(["north"])},
        {"name": arrow.array([7])},
        {"fsq_category_labels": arrow.array([7])},
        {"fsq_category_labels": None},
        {"latitude": None},
    ):
        path = write_foursquare(tmp_path / "f.parquet", rows, **replaced)
        with pytest.raises(InputError, match=r"f\.parquet"):
            read(FoursquarePlaces(path))


def test_formats_are_told_by_content(tmp_path: Path) -> None:
    overture = write_overture(tmp_path / "a", [{"id": "a", "name": "A", "category": "bar"}])
    foursquare = write_foursquare(tmp_path / "b", [{"id": "a", "name": "A", "labels": ["Bar"]}])
    assert (format_of(overture), format_of(foursquare)) == ("overture", "foursquare")
    parquet.write_table(arrow.table({"x": [1]}), tmp_path / "c")
    for name, content, expected in (
        ("d", b'\n {"version": 0.6, "elements": []}', "osm-json"),
        ("e", b'{"type": "FeatureCollection", "features": []}', "geojson"),
        ("f", b'\xef\xbb\xbf{"features": [{"properties": {"elements": 1}}]}', "geojson"),
        ("g", b"Name;Lat;Lon;Type\n", "csv"),
        ("h", b"\0\0\0\x0d\x0a\x09OSMHeader\x18", "osm-pbf"),
    ):
        (tmp_path / name).write_bytes(content)
        assert format_of(tmp_path / name) == expected
    for name, content in (("i", b""), ("j", b'{"places": []}'), ("k", b"\x89PNG name lat"), ("l", b"hello")):
        (tmp_path / name).write_bytes(content)
    for name in ("c", "i", "j", "k", "l", "none"):
        with pytest.raises(InputError, match=f"/{name}:"):
            format_of(tmp_path / name)
