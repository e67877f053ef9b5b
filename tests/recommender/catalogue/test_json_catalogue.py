import copy
import json
from collections import Counter
from pathlib import Path

import pytest

from emopoi.errors import InputError
from recommender.catalogue import DEFAULT_CATALOGUE, JsonCatalogue, open_catalogue, read_json_catalogue
from recommender.catalogue.import_report import Skipped
from recommender.catalogue.readers.osm_element import prominence_of
from recommender.catalogue.readers.osm_json import read_osm_json
from recommender.place import Place
from recommender.taxonomy import CODES, SUGGESTIBLE_CODES
from training.make_catalogue import make_catalogue

CENTRE = (60.1699, 24.9384)


@pytest.fixture(scope="module")
def helsinki() -> JsonCatalogue:
    return read_json_catalogue()


@pytest.fixture
def written(tmp_path: Path):
    def write(change) -> Path:
        data = json.loads(DEFAULT_CATALOGUE.read_text(encoding="utf-8"))
        data["places"] = data["places"][:3]
        data = change(data) or data
        path = tmp_path / "catalogue.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


def test_shipped_file_covers_the_ten_groups(helsinki: JsonCatalogue) -> None:
    facts = helsinki.facts()
    assert facts["places"] == facts["suggestible"] == len(helsinki) > 700
    assert len(facts["types"]) > 35
    assert not {"casino", "hotel", "bank", "shop", "cemetery"} & set(facts["types"])
    groups = Counter(place.group for place in helsinki.places(range(len(helsinki))))
    assert len(groups) == 11
    assert min(groups.values()) >= 7


def test_shipped_file_is_small_and_says_its_source(helsinki: JsonCatalogue) -> None:
    assert DEFAULT_CATALOGUE.stat().st_size < 250_000
    assert "OpenStreetMap contributors" in helsinki.attribution
    assert "ODbL" in helsinki.attribution
    assert helsinki.facts()["sources"][0]["licence"] == "ODbL-1.0"
    assert helsinki.facts()["sources"][0]["places"] == len(helsinki)


def test_near_is_exact(helsinki: JsonCatalogue) -> None:
    table = helsinki.near(CENTRE, 400.0)
    assert 100 < len(table) < len(helsinki)
    assert table.distance_m.max() <= 400.0
    assert set(table.type.tolist()) <= set(SUGGESTIBLE_CODES)
    for place, code in zip(helsinki.places(table.row), table.type, strict=True):
        assert CODES[place.type] == code
    assert len(helsinki.near(CENTRE, 0.0)) == 0
    assert len(helsinki.near(CENTRE, 1e9)) == len(helsinki)


def test_nearest_is_in_order_and_has_no_limit(helsinki: JsonCatalogue) -> None:
    table = helsinki.nearest((-60.0, -155.0), 5)
    assert len(table) == 5
    assert (table.distance_m[1:] >= table.distance_m[:-1]).all()
    assert len(helsinki.nearest(CENTRE, 10_000)) == len(helsinki)


def test_find_and_search(helsinki: JsonCatalogue) -> None:
    (oodi,) = helsinki.search("KESKUSTAKIRJASTO", 5)
    assert oodi.type == "library"
    assert helsinki.search("helsinki central library", 5) == [oodi]
    assert helsinki.find(["nothing", oodi.id]) == [oodi]
    assert [place.name for place in helsinki.search("café ekberg", 1)] == [
        place.name for place in helsinki.search("CAFE EKBERG", 1)
    ]
    assert helsinki.search("", 5) == []
    assert len(helsinki.search("a", 7)) == 7


def test_rows_outside_are_refused(helsinki: JsonCatalogue) -> None:
    with pytest.raises(InputError, match="row below"):
        helsinki.places([len(helsinki)])
    with pytest.raises(InputError, match="latitude"):
        helsinki.near((91.0, 0.0), 10.0)
    with pytest.raises(InputError, match="distance"):
        helsinki.near(CENTRE, float("nan"))


def test_empty_catalogue_answers_and_has_no_centre(written) -> None:
    empty = open_catalogue(written(lambda data: data.update(places=[])))
    assert len(empty) == len(empty.near(CENTRE, 1e7)) == len(empty.nearest(CENTRE, 3)) == 0
    with pytest.raises(InputError, match="no places"):
        empty.centre()


def test_places_of_types_that_are_not_suggested_are_only_found_by_name() -> None:
    bank = Place("csv:1", "Savings", "bank", *CENTRE)
    catalogue = JsonCatalogue([bank], name="x", attribution="y")
    assert len(catalogue.nearest(CENTRE, 5)) == 0
    assert catalogue.search("savings", 1) == catalogue.find(["csv:1"]) == [bank]


def test_shipped_file_is_what_the_script_makes(data_dir: Path) -> None:
    extract = data_dir / "poi" / "osm_helsinki_centre.overpass.json"
    shipped = json.loads(DEFAULT_CATALOGUE.read_text(encoding="utf-8"))
    entries = [entry for chunk in read_osm_json(extract, Counter()) for entry in chunk]
    found = [entry for entry in entries if not isinstance(entry, Skipped)]
    assert make_catalogue(found, dated=shipped["dated"]) == shipped
    assert make_catalogue(found[::-1], dated=shipped["dated"]) == shipped


def test_every_place_is_an_element_of_the_extract(data_dir: Path, helsinki: JsonCatalogue) -> None:
    extract = json.loads((data_dir / "poi" / "osm_helsinki_centre.overpass.json").read_text(encoding="utf-8"))
    by_id = {f"osm:{element['type']}/{element['id']}": element for element in extract["elements"]}
    for place in helsinki.places(range(len(helsinki))):
        tags = by_id[place.id]["tags"]
        position = by_id[place.id] if "lat" in by_id[place.id] else by_id[place.id]["center"]
        assert (place.name, place.lat, place.lon) == (tags["name"], position["lat"], position["lon"])
        assert place.opening_hours == tags.get("opening_hours")
        assert place.wheelchair == tags.get("wheelchair")


def test_prominence_is_bounded_and_grows_with_facts() -> None:
    known = {"wikidata": "Q1", "wikipedia": "fi:X"} | {f"name:{a}{b}": "X" for a in "abc" for b in "abcdef"}
    assert prominence_of({}) == 0.0
    assert prominence_of({"name": "X"}) < prominence_of({"name": "X", "wikidata": "Q1"})
    assert prominence_of(known) == 1.0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data["places"][1].update(lat=91.0), r"places\[1\].lat"),
        (lambda data: data["places"][1].update(lon=float("nan")), r"places\[1\].lon"),
        (lambda data: data["places"][0].update(lat="60"), r"places\[0\].lat"),
        (lambda data: data["places"][0].update(lat=10**400), r"places\[0\].lat"),
        (lambda data: data["places"][0].update(lat=True), r"places\[0\].lat"),
        (lambda data: data["places"][0].update(prominence=2), r"places\[0\].prominence"),
        (lambda data: data["places"][2].update(type="castle_in_the_air"), r"places\[2\].type"),
        (lambda data: data["places"][2].update(opening_hours=7), r"places\[2\].opening_hours"),
        (lambda data: data["places"][2].update(price=5), r"places\[2\].price"),
        (lambda data: data["places"][2].update(min_age=17.5), r"places\[2\].min_age"),
        (lambda data: data["places"][2].pop("name"), r"places\[2\].name"),
        (lambda data: data["places"].append(copy.deepcopy(data["places"][0])), "twice"),
        (lambda data: data.update(places={}), "places"),
        (lambda data: data.update(schema=1), "schema 1"),
        (lambda data: data.update(attribution=""), "attribution"),
        (lambda data: data.update(country="Finland"), "country"),
        (lambda data: [data], "JSON object"),
    ],
)
def test_bad_catalogues_name_the_field(written, change, named: str) -> None:
    def apply(data):
        result = change(data)
        return result if isinstance(result, list) else data

    with pytest.raises(InputError, match=named) as caught:
        open_catalogue(written(apply))
    assert len(str(caught.value)) < 400


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json"):
        open_catalogue(tmp_path / "nothing.json")
    with pytest.raises(InputError, match="can not be read"):
        open_catalogue(tmp_path)
    for name, content in (("broken", b"{"), ("binary", b"\xff\xfe\x00"), ("short", b"DUCK"), ("none", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            open_catalogue(tmp_path / name)
