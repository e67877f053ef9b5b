"""A catalogue of places: what the ranking needs of one, and the reader of the JSON files.

The file is one JSON object: schema (1), name, source, licence, attribution, timezone (IANA),
country (ISO 3166 two letters), dated (ISO day of the newest map edit), places; a place has id,
name, type, group, lat, lon and, where known, prominence (0..1), name_en, opening_hours,
wheelchair. The shipped file is made by `training/make_catalogue.py` from OpenStreetMap.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from emopoi.errors import InputError
from recommender.place import GROUPS, Place

SCHEMA = 1
DEFAULT_CATALOGUE = Path(__file__).parent / "data" / "helsinki.json"


class Catalogue(Protocol):
    """What places can be chosen from, and what must be said beside them."""

    @property
    def name(self) -> str:
        """What the catalogue covers, in words."""

    @property
    def places(self) -> Sequence[Place]:
        """All places, ids distinct."""

    @property
    def attribution(self) -> str:
        """Source and licence; shown wherever places are shown."""

    @property
    def timezone(self) -> str:
        """IANA name of the time zone that opening hours are written in."""

    @property
    def country(self) -> str:
        """ISO 3166 two-letter code, for public holidays."""

    @property
    def dated(self) -> str:
        """ISO day that the facts are from, or ""."""


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A catalogue held in memory; the fields are those of `Catalogue`."""

    name: str
    places: tuple[Place, ...]
    attribution: str
    timezone: str
    country: str
    dated: str = ""


def read_catalogue(path: Path | str | None = None) -> CatalogueFile:
    """Read and check a catalogue.

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


def _catalogue(data: Any) -> CatalogueFile:
    if not isinstance(data, Mapping):
        raise InputError(f"a catalogue is a JSON object, got {type(data).__name__}")
    if data.get("schema") != SCHEMA:
        found = reprlib.repr(data.get("schema"))
        raise InputError(f"catalogue schema {found} is unknown (this version reads {SCHEMA})")
    listed = data.get("places")
    if not isinstance(listed, list) or not listed:
        raise InputError("places: a list of at least one place was expected")
    places = tuple(_place(entry, f"places[{index}]") for index, entry in enumerate(listed))
    seen: set[str] = set()
    for place in places:
        if place.id in seen:
            raise InputError(f"places: id {place.id!r} occurs twice")
        seen.add(place.id)
    country = _text(data, "country", "")
    if not re.fullmatch("[A-Z]{2}", country):
        raise InputError(
            f"country: two capital letters (ISO 3166) were expected, got {reprlib.repr(country)}"
        )
    return CatalogueFile(
        name=_text(data, "name", ""),
        places=places,
        attribution=_text(data, "attribution", ""),
        timezone=_text(data, "timezone", ""),
        country=country,
        dated=_optional_text(data, "dated", "") or "",
    )


def _place(entry: Any, where: str) -> Place:
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: an object was expected, got {type(entry).__name__}")
    group = _text(entry, "group", where)
    if group not in GROUPS:
        raise InputError(f"{where}.group: one of {', '.join(GROUPS)} was expected, got {reprlib.repr(group)}")
    return Place(
        id=_text(entry, "id", where),
        name=_text(entry, "name", where),
        type=_text(entry, "type", where),
        group=group,
        lat=_number(entry, "lat", where, -90.0, 90.0),
        lon=_number(entry, "lon", where, -180.0, 180.0),
        prominence=_number(entry, "prominence", where, 0.0, 1.0) if "prominence" in entry else 0.0,
        name_en=_optional_text(entry, "name_en", where),
        opening_hours=_optional_text(entry, "opening_hours", where),
        wheelchair=_optional_text(entry, "wheelchair", where),
    )


def _path(name: str, where: str) -> str:
    return f"{where}.{name}" if where else name


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{_path(name, where)}: a text was expected, got {reprlib.repr(value)}")
    return value


def _optional_text(entry: Mapping[str, Any], name: str, where: str) -> str | None:
    return None if entry.get(name) is None else _text(entry, name, where)


def _number(entry: Mapping[str, Any], name: str, where: str, low: float, high: float) -> float:
    value = entry.get(name)
    # Compared before it is made a float: JSON's integers may be larger than any float.
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits:
        raise InputError(
            f"{_path(name, where)}: a number from {low:g} to {high:g} was expected, got {reprlib.repr(value)}"
        )
    return float(value)  # type: ignore[arg-type]
