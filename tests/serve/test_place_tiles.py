from datetime import datetime, timedelta, timezone

import h3
import pytest

from emopoi.errors import InputError
from emopoi.serve.place_tiles import RESOLUTION, PlaceTiles
from recommender.catalogue import open_catalogue
from recommender.opening import OpeningHoursReader

NOW = datetime(2026, 11, 30, 16, 5, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def catalogue():
    return open_catalogue(None)


@pytest.fixture(scope="module")
def tiles(catalogue):
    cells = h3.grid_disk(h3.latlng_to_cell(*catalogue.centre(), RESOLUTION), 2)
    return [PlaceTiles(catalogue).tile(cell, NOW) for cell in sorted(cells)]


def test_every_place_is_in_one_tile(catalogue, tiles):
    found = [feature["id"] for tile in tiles for feature in tile["features"]]
    around = catalogue.near(catalogue.centre(), 2500)

    assert len(found) == len(set(found))
    assert {place.id for place in catalogue.places(around.row)} <= set(found)


def test_times_say_what_the_reader_of_hours_says(catalogue, tiles):
    hours = OpeningHoursReader(catalogue.timezone, catalogue.country, catalogue.centre())
    checked = 0
    for tile in tiles:
        for feature in tile["features"]:
            text, times = feature["properties"].get("opening_hours"), feature["properties"]["open"]
            if times is None:
                continue
            for later in (0, 5, 13, 30, 60):
                moment = hours.local(NOW) + timedelta(hours=later)
                at_ms = moment.timestamp() * 1000
                inside = any(start <= at_ms and (end is None or at_ms < end) for start, end in times)
                assert inside == (hours.state(text, moment).state == "open"), (text, moment)
                checked += 1
    assert checked > 500


def test_a_cell_without_places_is_empty(catalogue):
    assert PlaceTiles(catalogue).tile(h3.latlng_to_cell(0.0, 0.0, RESOLUTION), NOW)["features"] == []


@pytest.mark.parametrize(
    "cell", ["", "x" * 15, "871126d33fffff", h3.latlng_to_cell(60, 24, 3), "000000000000000"]
)
def test_what_is_no_cell_is_refused(catalogue, cell):
    with pytest.raises(InputError, match="cell"):
        PlaceTiles(catalogue).tile(cell)
