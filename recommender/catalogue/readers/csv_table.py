"""A table of one's own as CSV: name, lat, lon and type, and what else is known.

Columns (any order, more are ignored): name, lat (or latitude), lon (or lng, longitude), type (or
category: a type of the taxonomy, or a category of Foursquare, Overture or OpenStreetMap), and
where known id, name_en, opening_hours, wheelchair, price (1..4), min_age, prominence (0..1),
visits (a count, from which the prominence is made). Comma, semicolon or tab; UTF-8.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from emopoi.errors import InputError
from recommender.catalogue.arrow_places import CountedPlace
from recommender.catalogue.checked_place import checked_place, clean_text
from recommender.catalogue.import_report import Skipped
from recommender.catalogue.readers.named_type import type_of_name
from recommender.place import Place

_BATCH = 5000
_NAMES = {
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "type": ("type", "category", "categories"),
    "id": ("id",),
    "name": ("name",),
    "name_en": ("name_en", "name:en"),
    "opening_hours": ("opening_hours",),
    "wheelchair": ("wheelchair",),
    "price": ("price",),
    "min_age": ("min_age",),
    "prominence": ("prominence",),
    "visits": ("visits", "checkins", "check_ins"),
}
_NEEDED = ("name", "lat", "lon", "type")


def read_csv(path: Path, notes: Counter[str]) -> Iterator[list[Place | CountedPlace | Skipped]]:
    """Places of a CSV file.

    Args:
        path: the file.
        notes: counts of what had to be changed, counted on.

    Yields:
        One entry for each line below the header, in lists.

    Raises:
        InputError: the file can not be read, is no text or lacks a column that is needed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header_line = file.readline(100_000)
            delimiter = max(",;\t", key=header_line.count)
            columns = _columns(path, next(csv.reader([header_line], delimiter=delimiter), []))
            yield from _rows(csv.reader(file, delimiter=delimiter), columns, path, notes)
    except OSError as error:
        raise InputError(f"{path}: can not be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: a table in UTF-8 was expected: {error}") from error


def _columns(path: Path, header: list[str]) -> Mapping[str, int]:
    found = {name.strip().casefold(): index for index, name in reversed(list(enumerate(header)))}
    columns = {
        name: next(found[spelling] for spelling in spellings if spelling in found)
        for name, spellings in _NAMES.items()
        if any(spelling in found for spelling in spellings)
    }
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise InputError(
            f"{path}: a table with columns {', '.join(_NEEDED)} was expected, {', '.join(missing)} is "
            f"missing; the first line is {', '.join(header)[:120]!r}"
        )
    return columns


def _rows(
    rows: Iterator[list[str]], columns: Mapping[str, int], path: Path, notes: Counter[str]
) -> Iterator[list[Place | CountedPlace | Skipped]]:
    kind_of = lru_cache(maxsize=10_000)(type_of_name)
    stem = clean_text(path.stem)[:60]
    entries: list[Place | CountedPlace | Skipped] = []
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error:  # a field beyond the module's limit of 131,072 characters
            number += 1
            entries.append(Skipped("unreadable", f"entry {number}"))
            continue
        if not row:
            continue
        number += 1
        values = {name: row[index].strip() for name, index in columns.items() if index < len(row)}
        own_id = clean_text(values.get("id", "")) or f"{stem}-{number}"
        entries.append(_entry(f"csv:{own_id}", values, kind_of(values.get("type", "")[:200]), notes))
        if len(entries) >= _BATCH:
            yield entries
            entries = []
    yield entries


def _entry(
    place_id: str, values: Mapping[str, str], kind: str | None, notes: Counter[str]
) -> Place | CountedPlace | Skipped:
    try:
        lat = float(values["lat"]) if values.get("lat") else None
        lon = float(values["lon"]) if values.get("lon") else None
    except ValueError:
        return Skipped("unreadable", f"{place_id} {values.get('lat', '')},{values.get('lon', '')}")
    prominence = _number(values.get("prominence"), 1.0, notes)
    place = checked_place(
        place_id,
        name=values.get("name"),
        kind=kind,
        lat=lat,
        lon=lon,
        notes=notes,
        prominence=prominence or 0.0,
        name_en=values.get("name_en"),
        opening_hours=values.get("opening_hours"),
        wheelchair=values.get("wheelchair", "").lower(),
        price=values.get("price"),
        min_age=values.get("min_age"),
    )
    if isinstance(place, Skipped) or prominence is not None:
        return place
    visits = _number(values.get("visits"), math.inf, notes)
    return place if visits is None else CountedPlace(place, visits)


def _number(text: str | None, most: float, notes: Counter[str]) -> float | None:
    """A number from 0 to `most`, or None."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if 0.0 <= number <= most and math.isfinite(number):
        return number
    notes["value_ignored"] += 1
    return None
