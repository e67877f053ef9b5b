import json
from collections import Counter
from pathlib import Path

import pytest

from recommender.catalogue.import_report import Skipped
from recommender.catalogue.readers.geojson import place_of_feature, read_geojson
from recommender.place import Place

POINT = {"type": "Point", "coordinates": [24.94, 60.17]}


def read(properties: object, geometry: object = POINT, **others: object) -> Place | Skipped:
    feature = {"type": "Feature", "geometry": geometry, "properties": properties, **others}
    return place_of_feature(feature, "file-1", Counter())


@pytest.mark.parametrize(
    ("properties", "others", "place_id"),
    [
        ({"@id": "node/12", "amenity": "cafe"}, {}, "osm:node/12"),
        ({"amenity": "cafe"}, {"id": "way/12"}, "osm:way/12"),
        ({"amenity": "cafe"}, {"id": "w12"}, "osm:way/12"),
        ({"amenity": "cafe", "osm_type": "relation", "osm_id": 12}, {}, "osm:relation/12"),
        ({"@id": "https://www.openstreetmap.org/node/12", "amenity": "cafe"}, {}, "osm:node/12"),
        ({"amenity": "cafe"}, {}, "geojson:file-1"),
        ({"type": "cafe", "id": "mine"}, {}, "geojson:mine"),
        ({"category": "Coffee Shop"}, {"id": 7}, "geojson:7"),
    ],
)
def test_ids(properties: dict, others: dict, place_id: str) -> None:
    place = read({"name": "X", **properties}, **others)
    assert isinstance(place, Place)
    assert (place.id, place.type) == (place_id, "cafe")
    assert (place.lat, place.lon) == (60.17, 24.94)


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        ({"type": "LineString", "coordinates": [[0, 0], [2, 4]]}, (2.0, 1.0)),
        ({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 4], [0, 0]]]}, (2.0, 1.0)),
        ({"type": "MultiPolygon", "coordinates": [[[[0, 0], [2, 4]]]]}, (2.0, 1.0)),
        ({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}, (2, 1)),
        ({"type": "Point", "coordinates": [1, 2, 300]}, (2, 1)),
        ({"type": "Point", "coordinates": [1]}, "no_position"),
        ({"type": "Point", "coordinates": []}, "no_position"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "unreadable"),
        ({"type": "Point", "coordinates": [60.1, 124.9]}, "swapped"),
        ({"type": "Point", "coordinates": [224.9, 60.1]}, "out_of_range"),
        (None, "no_position"),
        ("Point", "no_position"),
    ],
)
def test_geometries(geometry: object, expected: object) -> None:
    place = read({"name": "X", "type": "park"}, geometry)
    assert (place.reason if isinstance(place, Skipped) else (place.lat, place.lon)) == expected


def test_overture_as_geojson() -> None:
    properties = {
        "id": "08f",
        "names": {"primary": "Museo", "common": {"en": "Museum"}},
        "categories": {"primary": "art_museum", "alternate": ["museum"]},
        "confidence": 0.8,
    }
    place = read(properties)
    assert isinstance(place, Place)
    assert (place.id, place.type, place.name_en, place.prominence) == (
        "overture:08f",
        "museum",
        "Museum",
        0.8,
    )
    newer = {
        "id": "1",
        "names": {"primary": "B"},
        "basic_category": "bar",
        "taxonomy": {"primary": "new_bar", "hierarchy": ["food_and_drink", "bar", "new_bar"]},
    }
    assert read(newer).type == "bar"
    closed = read({**properties, "operating_status": "permanently_closed"})
    assert (closed.reason, closed.closed_id) == ("closed", "overture:08f")
    assert read({**properties, "names": "Museo"}).reason == "no_name"


def test_features_that_are_none(tmp_path: Path) -> None:
    for feature in (None, 3, [], {"properties": []}):
        assert place_of_feature(feature, "x", Counter()).reason == "unreadable"
    path = tmp_path / "f.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [None, {"properties": None}]}))
    (entries,) = read_geojson(path, Counter())
    assert [entry.reason for entry in entries] == ["unreadable", "no_name"]
