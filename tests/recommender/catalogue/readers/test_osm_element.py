from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.catalogue.import_report import REASONS, Skipped
from recommender.catalogue.readers.osm_element import osm_place
from recommender.catalogue.readers.osm_json import place_of_element, read_osm_json
from recommender.catalogue.readers.osm_pbf import read_osm_pbf
from recommender.place import Place


def reason(tags: dict, lat=60.17, lon=24.94) -> str:
    answer = osm_place("node", 1, {"name": "X", **tags}, lat, lon, Counter())
    return answer.reason if isinstance(answer, Skipped) else answer.type


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"amenity": "cafe"}, "cafe"),
        ({"amenity": "cafe", "name": " "}, "no_name"),
        ({"highway": "residential"}, "no_place"),
        ({"place": "suburb"}, "no_place"),
        ({"place": "square"}, "square"),
        ({"building": "yes"}, "no_place"),
        ({"building": "church"}, "place_of_worship"),
        ({"amenity": "moon_base"}, "no_type"),
        ({"disused:amenity": "pub"}, "closed"),
        ({"was:shop": "books", "amenity": "cafe"}, "cafe"),
        ({"amenity": "cafe", "disused": "yes"}, "closed"),
        ({"amenity": "cafe", "note": 7}, "unreadable"),
    ],
)
def test_reasons(tags: dict, expected: str) -> None:
    assert reason(tags) == expected


def test_facts_are_copied() -> None:
    tags = {
        "name": "  Kulma\tBaari ",
        "name:en": "Corner Bar",
        "amenity": "bar",
        "min_age": "20",
        "wheelchair": "limited",
        "opening_hours": "Mo-Su 18:00-02:00",
        "wikidata": "Q1",
    }
    place = osm_place("way", 12, tags, 60.17, 24.94, Counter())
    assert isinstance(place, Place)
    assert (place.id, place.name, place.name_en) == ("osm:way/12", "Kulma Baari", "Corner Bar")
    assert (place.type, place.min_age, place.wheelchair) == ("bar", 20, "limited")
    assert place.opening_hours == "Mo-Su 18:00-02:00"
    assert 0.2 < place.prominence < 0.6


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"type": "node", "id": 1, "lat": 1.0, "lon": 2.0}, (1.0, 2.0)),
        ({"type": "way", "id": 1, "center": {"lat": 1.0, "lon": 2.0}}, (1.0, 2.0)),
        (
            {"type": "way", "id": 1, "bounds": {"minlat": 0, "maxlat": 2, "minlon": 1, "maxlon": 3}},
            (1.0, 2.0),
        ),
        ({"type": "way", "id": 1, "bounds": {"minlat": 0}}, "no_position"),
        ({"type": "way", "id": 1}, "no_position"),
        ({"type": "node", "id": 1, "lat": "1", "lon": 2}, "unreadable"),
        ({"type": "node", "id": 1, "lat": 10**400, "lon": 2}, "out_of_range"),
        ({"type": "area", "id": 1, "lat": 1, "lon": 2}, "unreadable"),
        ({"type": "node", "id": "1", "lat": 1, "lon": 2}, "unreadable"),
        ({"type": "node", "id": True, "lat": 1, "lon": 2}, "unreadable"),
    ],
)
def test_positions_of_elements(element: dict, expected: object) -> None:
    place = place_of_element({**element, "tags": {"name": "X", "amenity": "cafe"}}, Counter())
    found = place.reason if isinstance(place, Skipped) else (place.lat, place.lon)
    assert found == expected


@pytest.mark.parametrize("element", [None, 7, "node", [], {"type": "node", "id": 1, "tags": []}])
def test_elements_that_are_none(element: object) -> None:
    assert place_of_element(element, Counter()).reason == "unreadable"


@given(
    st.dictionaries(
        st.sampled_from(["name", "amenity", "shop", "opening_hours", "min_age", "name:en", "wheelchair"]),
        st.text(max_size=12),
    ),
    st.floats(),
    st.floats(),
)
def test_any_tags_give_a_place_or_a_reason(tags: dict, lat: float, lon: float) -> None:
    answer = osm_place("node", 1, tags, lat, lon, Counter())
    assert isinstance(answer, Place) or answer.reason in REASONS


def test_a_damaged_pbf_is_told(tmp_path: Path, data_dir: Path) -> None:
    whole = (data_dir / "poi" / "osm_helsinki_centre.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.osm\.pbf"):
        list(read_osm_pbf(path, Counter()))
    path.write_bytes(b"not a map at all")
    with pytest.raises(InputError, match=r"cut\.osm\.pbf"):
        list(read_osm_pbf(path, Counter()))


def test_ways_and_relations_of_a_pbf_stand_in_their_middle(tmp_path: Path) -> None:
    import osmium

    path = tmp_path / "small.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (lat, lon) in enumerate([(60.0, 24.0), (60.2, 24.0), (60.2, 24.4), (60.0, 24.4)], 1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat)))
        writer.add_node(
            osmium.osm.mutable.Node(id=9, location=(24.5, 60.5), tags={"name": "N", "amenity": "cafe"})
        )
        ring = [1, 2, 3, 4, 1]
        writer.add_way(osmium.osm.mutable.Way(id=5, nodes=ring, tags={"name": "W", "leisure": "park"}))
        writer.add_way(osmium.osm.mutable.Way(id=6, nodes=[1, 2]))
        for number, members in ((7, [("w", 6, "outer")]), (8, [("w", 77, "outer")])):
            tags = {"name": f"R{number}", "leisure": "park", "type": "multipolygon"}
            writer.add_relation(osmium.osm.mutable.Relation(id=number, members=members, tags=tags))
    entries = [entry for part in read_osm_pbf(path, Counter()) for entry in part]
    places = {entry.id: entry for entry in entries if isinstance(entry, Place)}
    assert set(places) == {"osm:node/9", "osm:way/5", "osm:relation/7"}
    assert (places["osm:way/5"].lat, places["osm:way/5"].lon) == pytest.approx((60.1, 24.2))
    assert (places["osm:relation/7"].lat, places["osm:relation/7"].lon) == pytest.approx((60.1, 24.0))
    (lost,) = [entry for entry in entries if isinstance(entry, Skipped)]
    assert (lost.reason, lost.example) == ("no_position", "osm:relation/8 R8")


def test_reading_json_keeps_the_order(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"version": 0.6, "elements": [{"type": "node", "id": 2}, {"type": "node", "id": 1}]}')
    (entries,) = read_osm_json(path, Counter())
    assert [entry.example for entry in entries] == ["osm:node/2", "osm:node/1"]
