import copy
import json
from collections import Counter
from pathlib import Path

import pytest

from emopoi.errors import InputError
from recommender import GROUPS, CatalogueFile, read_catalogue
from recommender.catalogue import DEFAULT_CATALOGUE
from training.make_catalogue import make_catalogue, prominence


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


def test_ten_groups_are_covered(helsinki: CatalogueFile) -> None:
    counts = Counter(place.group for place in helsinki.places)
    assert set(counts) == set(GROUPS)
    assert len(GROUPS) == 10
    assert min(counts.values()) >= 7
    assert 130 <= len(helsinki.places) <= 180
    assert any(place.type == "ice_cream" for place in helsinki.places)


def test_shipped_file_is_small_and_says_its_source(helsinki: CatalogueFile) -> None:
    assert DEFAULT_CATALOGUE.stat().st_size < 150_000
    assert "OpenStreetMap contributors" in helsinki.attribution
    assert "ODbL" in helsinki.attribution
    data = json.loads(DEFAULT_CATALOGUE.read_text(encoding="utf-8"))
    assert data["licence"] == "ODbL-1.0"
    assert data["counts"] == dict(Counter(place.group for place in helsinki.places))


def test_places_lie_in_helsinki(helsinki: CatalogueFile) -> None:
    assert all(60.16 < place.lat < 60.18 and 24.93 < place.lon < 24.96 for place in helsinki.places)


def test_shipped_file_is_what_the_script_makes(data_dir: Path) -> None:
    extract = data_dir / "poi" / "osm_helsinki_centre.overpass.json"
    shipped = json.loads(DEFAULT_CATALOGUE.read_text(encoding="utf-8"))
    elements = json.loads(extract.read_text(encoding="utf-8"))["elements"]
    assert make_catalogue(elements, dated=shipped["dated"]) == shipped
    assert make_catalogue(elements[::-1], dated=shipped["dated"]) == shipped


def test_every_place_is_an_element_of_the_extract(data_dir: Path, helsinki: CatalogueFile) -> None:
    extract = json.loads((data_dir / "poi" / "osm_helsinki_centre.overpass.json").read_text(encoding="utf-8"))
    by_id = {f"{element['type']}/{element['id']}": element for element in extract["elements"]}
    for place in helsinki.places:
        tags = by_id[place.id]["tags"]
        position = by_id[place.id] if "lat" in by_id[place.id] else by_id[place.id]["center"]
        assert (place.name, place.lat, place.lon) == (tags["name"], position["lat"], position["lon"])
        assert place.opening_hours == tags.get("opening_hours")
        assert place.wheelchair == tags.get("wheelchair")


def test_prominence_is_bounded_and_grows_with_facts() -> None:
    known = {"wikidata": "Q1", "wikipedia": "fi:X"} | {f"name:{a}{b}": "X" for a in "abc" for b in "abcdef"}
    assert prominence({}) == 0.0
    assert prominence({"name": "X"}) < prominence({"name": "X", "wikidata": "Q1"})
    assert prominence(known) == 1.0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data["places"][1].update(lat=91.0), r"places\[1\].lat"),
        (lambda data: data["places"][1].update(lon=float("nan")), r"places\[1\].lon"),
        (lambda data: data["places"][0].update(lat="60"), r"places\[0\].lat"),
        (lambda data: data["places"][0].update(lat=10**400), r"places\[0\].lat"),
        (lambda data: data["places"][0].update(lon=-(10**400)), r"places\[0\].lon"),
        (lambda data: data["places"][0].update(lat=True), r"places\[0\].lat"),
        (lambda data: data["places"][0].update(prominence=2), r"places\[0\].prominence"),
        (lambda data: data["places"][2].update(group="casino"), r"places\[2\].group"),
        (lambda data: data["places"][2].update(opening_hours=7), r"places\[2\].opening_hours"),
        (lambda data: data["places"][2].pop("name"), r"places\[2\].name"),
        (lambda data: data["places"].append(copy.deepcopy(data["places"][0])), "twice"),
        (lambda data: data.update(places=[]), "places"),
        (lambda data: data.update(schema=9), "schema 9"),
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
        read_catalogue(written(apply))
    assert len(str(caught.value)) < 400


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json"):
        read_catalogue(tmp_path / "nothing.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match="JSON"):
        read_catalogue(tmp_path / "broken.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError):
        read_catalogue(tmp_path / "binary.json")
