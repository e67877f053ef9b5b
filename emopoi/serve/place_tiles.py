"""Places by cell of a hexagonal grid: the page asks for cells, so nobody is told where exactly somebody is.

Cells are those of H3 (Brodsky 2018, "H3: Uber's hexagonal hierarchical spatial index"). Each place brings the
times at which it opens and closes in the days to come, read here: the page needs no parser of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from emopoi.errors import InputError
from recommender.catalogue import Catalogue
from recommender.distance import haversine_m
from recommender.opening import OpeningHoursReader
from recommender.place import Place

RESOLUTION = 7
"""Of H3: cells of about 5 square kilometres."""

DAYS = 8
_MOST_CHANGES = 60


class PlaceTiles:
    """Cells of one catalogue as GeoJSON (RFC 7946).

    Args:
        catalogue: of places.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def tile(self, cell: str, now: datetime | None = None) -> dict[str, Any]:
        """The places of one cell that may be suggested.

        Args:
            cell: H3 index of `RESOLUTION`, 15 hexadecimal digits.
            now: opening times are told from here on; None is now.

        Returns:
            A FeatureCollection; `open` of a feature has the times at which the place is open as pairs of
            milliseconds since 1970, null where hours are not known.

        Raises:
            InputError: no such cell.
        """
        import h3

        if len(cell) != 15 or not h3.is_valid_cell(cell) or h3.get_resolution(cell) != RESOLUTION:
            raise InputError(f"cell: an H3 index of resolution {RESOLUTION} was expected")
        lat, lon = h3.cell_to_latlng(cell)
        reach_m = haversine_m((lat, lon), *zip(*h3.cell_to_boundary(cell), strict=True)).max() + 50.0
        table = self._catalogue.near((lat, lon), reach_m)
        inside = [
            int(row)
            for row, place_lat, place_lon in zip(table.row, table.lat, table.lon, strict=True)
            if h3.latlng_to_cell(float(place_lat), float(place_lon), RESOLUTION) == cell
        ]
        hours = OpeningHoursReader(self._catalogue.timezone, self._catalogue.country, (lat, lon))
        start = hours.local(now)
        features = [
            _feature(row, place, _open_times(hours, place.opening_hours, start))
            for row, place in zip(inside, self._catalogue.places(inside) if inside else [], strict=True)
        ]
        return {
            "type": "FeatureCollection",
            "cell": cell,
            "open_from_ms": _ms(start),
            "open_to_ms": _ms(start + timedelta(days=DAYS)),
            "features": features,
        }


def _feature(row: int, place: Place, open_times: list[list[int | None]] | None) -> dict[str, Any]:
    facts = {
        key: value
        for key, value in place.to_dict().items()
        if key not in ("lat", "lon") and value is not None
    }
    return {
        "type": "Feature",
        "id": place.id,
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": {**facts, "row": row, "open": open_times},
    }


def _open_times(
    hours: OpeningHoursReader, text: str | None, start: datetime
) -> list[list[int | None]] | None:
    """Pairs of times, the second null where it stays open for longer than is looked ahead."""
    moment, end = start, start + timedelta(days=DAYS)
    times: list[list[int | None]] = []
    for _ in range(_MOST_CHANGES):
        state = hours.state(text, moment)
        if state.state == "unknown":
            return None
        until = None if state.until is None or state.until >= end else state.until
        if state.state == "open":
            times.append([_ms(moment), None if until is None else _ms(until)])
        if until is None:
            break
        # A change that does not move on would be asked for for ever.
        moment = max(until, moment + timedelta(minutes=1))
    else:
        return None  # more changes than are told: what comes after them would look closed
    return times


def _ms(moment: datetime) -> int:
    return round(moment.astimezone(timezone.utc).timestamp() * 1000)
