"""A small catalogue in memory, read from a JSON file; needs nothing but numpy.

The file is one JSON object: schema (2), name, source, licence, attribution, timezone (IANA),
country (ISO 3166 two letters), dated (ISO day of the newest map edit), places; a place has id,
name, type, lat, lon and, where known, prominence (0..1), name_en, opening_hours, wheelchair,
price (1..4), min_age (years). The shipped file is made by `training/make_catalogue.py` from
OpenStreetMap.
"""

from __future__ import annotations

import json
import math
import re
import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.catalogue.place_table import WHEELCHAIR_CODES, PlaceTable
from recommender.catalogue.plain_text import match_rank, plain_text
from recommender.distance import centre, checked_position, haversine_m
from recommender.place import Place
from recommender.taxonomy import CODES, SUGGESTIBLE_CODES, TYPES

SCHEMA = 2
DEFAULT_CATALOGUE = Path(__file__).parents[1] / "data" / "helsinki.json"


class JsonCatalogue:
    """A `Catalogue` held in memory; a row is the position in the list of places."""

    def __init__(
        self,
        places: Sequence[Place],
        *,
        name: str,
        attribution: str,
        timezone: str = "",
        country: str = "",
        dated: str = "",
        source: str = "",
        licence: str = "",
    ) -> None:
        """Hold places.

        Args:
            places: ids distinct.
            name: what they cover, in words.
            attribution: source and licence.
            timezone: IANA name, or "".
            country: ISO 3166 two-letter code, or "".
            dated: ISO day of the facts, or "".
            source: what the source is called, or "".
            licence: SPDX name of the licence, or "".

        Raises:
            InputError: an id occurs twice or a type is unknown.
        """
        self.name = name
        self.attribution = attribution
        self.timezone = timezone
        self.country = country
        self.dated = dated
        self.source = source
        self.licence = licence
        self._places = tuple(places)
        self._row_of_id: dict[str, int] = {}
        for row, place in enumerate(self._places):
            if place.id in self._row_of_id:
                raise InputError(f"places: id {reprlib.repr(place.id)} occurs twice")
            if place.type not in TYPES:
                raise InputError(f"places: {reprlib.repr(place.type)} is no type of the taxonomy")
            self._row_of_id[place.id] = row
        codes = np.array([CODES[place.type] for place in self._places], dtype=np.int16)
        self._table = PlaceTable(
            row=np.arange(len(self._places), dtype=np.int64),
            type=codes,
            lat=np.array([place.lat for place in self._places], dtype=np.float64),
            lon=np.array([place.lon for place in self._places], dtype=np.float64),
            distance_m=np.zeros(len(self._places), dtype=np.float64),
            prominence=np.array([place.prominence for place in self._places], dtype=np.float32),
            price=np.array([place.price or 0 for place in self._places], dtype=np.int8),
            wheelchair=np.array(
                [WHEELCHAIR_CODES.get(place.wheelchair or "", 0) for place in self._places], dtype=np.int8
            ),
            min_age=np.array([place.min_age or 0 for place in self._places], dtype=np.int16),
        ).take(np.isin(codes, SUGGESTIBLE_CODES))

    def __len__(self) -> int:
        return len(self._places)

    def centre(self) -> tuple[float, float]:
        """Middle of the places, (latitude, longitude) in degrees."""
        if not self._places:
            raise InputError("the catalogue has no places")
        return centre([place.lat for place in self._places], [place.lon for place in self._places])

    def near(self, position: Sequence[float], within_m: float) -> PlaceTable:
        """All places that may be suggested within `within_m` metres, in any order."""
        within_m = checked_distance(within_m)
        table = self._from(position)
        return table.take(table.distance_m <= within_m)

    def nearest(self, position: Sequence[float], count: int) -> PlaceTable:
        """The nearest places that may be suggested, nearest first."""
        return self._from(position).nearest(count)

    def _from(self, position: Sequence[float]) -> PlaceTable:
        table = self._table
        distance = haversine_m(checked_position(position), table.lat, table.lon)
        return PlaceTable(**{**vars(table), "distance_m": distance})

    def places(self, rows: NDArray[np.int64] | Sequence[int]) -> list[Place]:
        """Full records of rows, in that order."""
        chosen = [int(row) for row in rows]
        for row in chosen:
            if not 0 <= row < len(self._places):
                raise InputError(f"a row below {len(self._places)} was expected, got {row}")
        return [self._places[row] for row in chosen]

    def find(self, ids: Sequence[str]) -> list[Place]:
        """Places by id; unknown ids are left out."""
        return [self._places[self._row_of_id[place_id]] for place_id in ids if place_id in self._row_of_id]

    def rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows by id, -1 for unknown ones."""
        return np.array([self._row_of_id.get(place_id, -1) for place_id in ids], dtype=np.int64)

    def search(self, text: str, limit: int = 20) -> list[Place]:
        """Places whose name contains `text`, whatever case and accents; best match first."""
        sought = plain_text(text)
        found: list[tuple[int, float, str, str, Place]] = []
        for place in self._places:
            ranks = [
                match_rank(name, sought)
                for name in map(plain_text, filter(None, (place.name, place.name_en)))
                if sought and sought in name
            ]
            if ranks:
                found.append((min(ranks), -place.prominence, place.name, place.id, place))
        return [entry[-1] for entry in sorted(found, key=lambda entry: entry[:-1])[: max(limit, 0)]]

    def facts(self) -> dict[str, Any]:
        """What the catalogue is made of: sources, places by type, how many have hours."""
        types = Counter(place.type for place in self._places)
        keys = Counter(place.id.partition(":")[0] for place in self._places)
        return {
            "places": len(self._places),
            "suggestible": len(self._table),
            "with_opening_hours": sum(place.opening_hours is not None for place in self._places),
            "with_wheelchair": sum(place.wheelchair is not None for place in self._places),
            "with_english_name": sum(place.name_en is not None for place in self._places),
            "types": {name: types[name] for name in TYPES if types[name]},
            "sources": [
                {
                    "key": key,
                    "name": self.source,
                    "licence": self.licence,
                    "attribution": self.attribution,
                    "places": count,
                }
                for key, count in sorted(keys.items())
            ],
        }


def checked_distance(within_m: float) -> float:
    """A distance in metres.

    Raises:
        InputError: no number, or below 0 or NaN.
    """
    try:
        distance = float(within_m)
    except (TypeError, ValueError) as error:
        raise InputError(f"a distance in metres was expected, got {within_m!r}") from error
    if math.isnan(distance) or distance < 0.0:
        raise InputError(f"a distance from 0 metres on was expected, got {distance}")
    return distance


def read_json_catalogue(path: Path | str | None = None) -> JsonCatalogue:
    """Read and check a JSON catalogue.

    Args:
        path: JSON file; None means the shipped one of central Helsinki.

    Raises:
        InputError: the file can not be read or something in it is missing or out of range; the
            message names the file and the field.
    """
    path = DEFAULT_CATALOGUE if path is None else Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: the catalogue can not be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: a JSON catalogue was expected: {error}") from error
    try:
        return _catalogue(data)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _catalogue(data: Any) -> JsonCatalogue:
    if not isinstance(data, Mapping):
        raise InputError(f"a catalogue is a JSON object, got {type(data).__name__}")
    if data.get("schema") != SCHEMA:
        found = reprlib.repr(data.get("schema"))
        raise InputError(f"catalogue schema {found} is unknown (this version reads {SCHEMA})")
    listed = data.get("places")
    if not isinstance(listed, list):
        raise InputError(f"places: a list was expected, got {type(listed).__name__}")
    country = _optional_text(data, "country", "") or ""
    if not re.fullmatch("([A-Z]{2})?", country):
        raise InputError(
            f"country: two capital letters (ISO 3166) were expected, got {reprlib.repr(country)}"
        )
    return JsonCatalogue(
        [_place(entry, f"places[{index}]") for index, entry in enumerate(listed)],
        name=_text(data, "name", ""),
        attribution=_text(data, "attribution", ""),
        timezone=_optional_text(data, "timezone", "") or "",
        country=country,
        dated=_optional_text(data, "dated", "") or "",
        source=_optional_text(data, "source", "") or "",
        licence=_optional_text(data, "licence", "") or "",
    )


def _place(entry: Any, where: str) -> Place:
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: an object was expected, got {type(entry).__name__}")
    kind = _text(entry, "type", where)
    if kind not in TYPES:
        raise InputError(f"{where}.type: a type of the taxonomy was expected, got {reprlib.repr(kind)}")
    return Place(
        id=_text(entry, "id", where),
        name=_text(entry, "name", where),
        type=kind,
        lat=_number(entry, "lat", where, -90.0, 90.0),
        lon=_number(entry, "lon", where, -180.0, 180.0),
        prominence=_number(entry, "prominence", where, 0.0, 1.0) if "prominence" in entry else 0.0,
        name_en=_optional_text(entry, "name_en", where),
        opening_hours=_optional_text(entry, "opening_hours", where),
        wheelchair=_optional_text(entry, "wheelchair", where),
        price=_optional_whole(entry, "price", where, 1, 4),
        min_age=_optional_whole(entry, "min_age", where, 1, 99),
    )


def _path(name: str, where: str) -> str:
    return f"{where}.{name}" if where else name


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{_path(name, where)}: a text was expected, got {reprlib.repr(value)}")
    return value


def _optional_text(entry: Mapping[str, Any], name: str, where: str) -> str | None:
    return None if entry.get(name) in (None, "") else _text(entry, name, where)


def _optional_whole(entry: Mapping[str, Any], name: str, where: str, low: int, high: int) -> int | None:
    if entry.get(name) is None:
        return None
    value = _number(entry, name, where, low, high)
    if value != int(value):
        raise InputError(f"{_path(name, where)}: a whole number was expected, got {value:g}")
    return int(value)


def _number(entry: Mapping[str, Any], name: str, where: str, low: float, high: float) -> float:
    value = entry.get(name)
    # Compared before it is made a float: JSON's integers may be larger than any float.
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits:
        raise InputError(
            f"{_path(name, where)}: a number from {low:g} to {high:g} was expected, got {reprlib.repr(value)}"
        )
    return float(value)  # type: ignore[arg-type]
