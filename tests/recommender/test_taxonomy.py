import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import taxonomy
from recommender.place import Place
from recommender.taxonomy import (
    CODES,
    GROUPS,
    OSM_PLACE_KEYS,
    QUALITIES,
    SUGGESTIBLE_CODES,
    TYPES,
    type_of_foursquare,
    type_of_osm,
    type_of_overture,
)

NEVER = ("services", "transport", "lodging", "health", "education_work", "home")
DATA = Path(taxonomy.__file__).parent / "data"


def test_table_is_whole() -> None:
    assert 55 <= len(TYPES) <= 75
    assert set(GROUPS) == {kind.group for kind in TYPES.values()}
    assert list(CODES) == list(TYPES)
    assert list(CODES.values()) == list(range(len(TYPES)))
    for name, kind in TYPES.items():
        assert name == kind.name
        assert kind.words
        assert kind.plural
        assert len(kind.qualities) == len(QUALITIES)
        assert all(0.0 <= quality <= 1.0 for quality in kind.qualities), name
    assert len({kind.words for kind in TYPES.values()}) == len(TYPES)


def test_what_is_never_suggested() -> None:
    for kind in TYPES.values():
        if kind.group in NEVER:
            assert not kind.suggestible, kind.name
    for name in ("casino", "adult_venue", "cemetery", "age_limited_shop", "bank", "hotel", "health"):
        assert not TYPES[name].suggestible
        assert CODES[name] not in SUGGESTIBLE_CODES
    assert len(SUGGESTIBLE_CODES) > 40


def test_age_limits_are_explained() -> None:
    limited = {name for name, kind in TYPES.items() if kind.min_age}
    assert limited == {"bar", "pub", "nightclub", "casino", "adult_venue", "age_limited_shop"}
    assert all(TYPES[name].note for name in limited)


def test_every_line_of_the_map_names_a_type_and_every_type_is_reached() -> None:
    with (DATA / "type_map.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["source"] for row in rows} == {"osm", "foursquare", "overture"}
    assert {row["type"] for row in rows} == set(TYPES)
    keys = Counter((row["source"], row["key"], row["value"].casefold()) for row in rows)
    assert max(keys.values()) == 1
    for row in rows:
        if row["source"] == "osm":
            sample = "x" if row["value"] == "*" else row["value"]
            assert type_of_osm({row["key"]: sample}) in TYPES
        elif row["source"] == "foursquare" and "*" not in row["value"]:
            assert type_of_foursquare([row["value"]]) == row["type"], row
        elif row["source"] == "overture" and "*" not in row["value"]:
            assert type_of_overture(row["value"]) == row["type"], row


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"amenity": "cafe", "cuisine": "ice_cream"}, "ice_cream"),
        ({"amenity": "nightclub;restaurant"}, "nightclub"),
        ({"amenity": "restaurant", "tourism": "attraction"}, "restaurant"),
        ({"amenity": "casino", "cuisine": "regional"}, "casino"),
        ({"tourism": "museum", "historic": "castle"}, "museum"),
        ({"shop": "something_new"}, "shop"),
        ({"amenity": "Restaurant"}, "restaurant"),
        ({"building": "church"}, "place_of_worship"),
        ({"amenity": "no", "leisure": "park"}, "park"),
        ({"shop": "no"}, None),
        ({"highway": "residential"}, None),
        ({}, None),
    ],
)
def test_osm_tags(tags: dict[str, str], expected: str | None) -> None:
    assert type_of_osm(tags) == expected
    assert type_of_osm(dict(reversed(tags.items()))) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Dining and Drinking > Cafe, Coffee, and Tea House > Café"], "cafe"),
        (["Dining and Drinking > Restaurant > Mongolian Restaurant > Something New"], "restaurant"),
        (["Landmarks and Outdoors > Newly Invented"], "park"),
        (["Newly Invented", "Bar"], "bar"),
        (["Retail > Art Dealer", "Arts and Entertainment > Art Gallery"], "gallery"),
        (["Food"], "restaurant"),
        (["Nightlife Spot"], "bar"),
        (["Great Outdoors"], "park"),
        (["Shop & Service"], "services"),
        (["Arts & Entertainment"], "attraction"),
        (["College & University"], "school"),
        (["Travel & Transport"], "station"),
        (["Residence"], "home"),
        (["Professional & Other Places"], "services"),
        (["Outdoors & Recreation"], "park"),
        (["Wine Bar"], "bar"),
        (["Juice Bar"], "cafe"),
        (["Strip Club"], "adult_venue"),
        (["Unknown"], None),
        ([], None),
    ],
)
def test_foursquare_categories(labels: list[str], expected: str | None) -> None:
    assert type_of_foursquare(labels) == expected


@pytest.mark.parametrize(
    ("category", "path", "expected"),
    [
        ("coffee_shop", [], "cafe"),
        ("afghan_restaurant", [], "restaurant"),
        ("pizza_restaurant", ["food_and_drink", "restaurant", "pizza_restaurant"], "fast_food"),
        ("art_museum", ["arts_and_entertainment", "museum", "art_museum"], "museum"),
        ("newly_invented", ["arts_and_entertainment", "museum", "newly_invented"], "museum"),
        ("newly_invented", ["lodging"], "hotel"),
        (None, ["sports_and_recreation"], "sports_centre"),
        ("casino", ["arts_and_entertainment", "gaming_venue", "casino"], "casino"),
        ("strip_club", ["arts_and_entertainment", "nightlife_venue"], "adult_venue"),
        ("newly_invented", [], None),
        (None, [], None),
    ],
)
def test_overture_categories(category: str | None, path: list[str], expected: str | None) -> None:
    assert type_of_overture(category, path) == expected


OVERTURE_ROOTS = {
    "older": "accommodation active_life arts_and_entertainment attractions_and_activities automotive "
    "beauty_and_spa business_to_business eat_and_drink education financial_service health_and_medical "
    "home_service mass_media pets private_establishments_and_corporates professional_services "
    "public_service_and_government real_estate religious_organization retail structure_and_geography travel",
    "newer": "arts_and_entertainment community_and_government cultural_and_historic education food_and_drink "
    "geographic_entities health_care lifestyle_services lodging services_and_business shopping "
    "sports_and_recreation travel_and_transportation",
}


@pytest.mark.parametrize("layout", OVERTURE_ROOTS)
def test_roots_of_both_layouts_of_overture_have_a_type(layout: str) -> None:
    for root in OVERTURE_ROOTS[layout].split():
        assert type_of_overture(None, [root, "newly_invented"]) in TYPES, root


@given(
    st.dictionaries(
        st.sampled_from([*OSM_PLACE_KEYS, "name", "cuisine", "highway"]),
        st.one_of(st.text(max_size=12), st.sampled_from(["yes", "no", "restaurant", "bar;cafe", "*", ";"])),
        max_size=6,
    )
)
def test_any_tags_give_a_type_or_none(tags: dict[str, str]) -> None:
    assert type_of_osm(tags) in (None, *TYPES)


@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_labels_give_a_type_or_none(labels: list[str]) -> None:
    assert type_of_foursquare(labels) in (None, *TYPES)
    assert type_of_overture(labels[0] if labels else None, labels) in (None, *TYPES)


def test_group_of_a_place_is_that_of_its_type() -> None:
    assert Place("osm:node/1", "Oodi", "library", 60.17, 24.94).group == "museum"


def test_nearly_all_named_places_of_openstreetmap_get_a_type(data_dir: Path) -> None:
    """A named place is an element with a name and one of the keys that make it a place."""
    text = (data_dir / "poi" / "osm_helsinki_centre.overpass.json").read_text(encoding="utf-8")
    tags = [element.get("tags", {}) for element in json.loads(text)["elements"]]
    named = [entry for entry in tags if "name" in entry and any(key in entry for key in OSM_PLACE_KEYS)]
    typed = [type_of_osm(entry) for entry in named]
    assert len(named) > 1200
    assert sum(kind is not None for kind in typed) >= 0.95 * len(named)
    assert len(set(typed)) > 40
    # Most of them by a value that the table has, not by a catch-all such as shop=*.
    assert sum(kind == "shop" for kind in typed) < 0.1 * len(named)


def test_every_category_of_a_foursquare_city_gets_a_type(data_dir: Path) -> None:
    from pyarrow import parquet

    column = parquet.read_table(data_dir / "poi" / "pois_kl.parquet", columns=["category_leaf"])
    leaves = {leaf for leaf in column.column(0).to_pylist() if leaf and leaf != "Unknown"}
    assert len(leaves) > 600
    assert [leaf for leaf in leaves if type_of_foursquare([leaf]) is None] == []
