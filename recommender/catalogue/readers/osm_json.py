"""OpenStreetMap as Overpass JSON: `elements` with lat/lon, center or bounds, and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recommender.catalogue.import_report import Skipped
from recommender.catalogue.json_stream import JsonListFile
from recommender.catalogue.readers.osm_element import osm_place
from recommender.place import Place

_KINDS = ("node", "way", "relation")


def read_osm_json(path: Path, notes: Counter[str]) -> Iterator[list[Place | Skipped]]:
    """Places of an Overpass answer (`out center`, `out bb` or nodes).

    Args:
        path: JSON file.
        notes: counts of what had to be changed, counted on.

    Yields:
        One entry for each element, in the order of the file, in lists.

    Raises:
        InputError: the file can not be read or is no such JSON.
    """
    for elements in JsonListFile(path, "elements").chunks():
        yield [place_of_element(element, notes) for element in elements]


def place_of_element(element: Any, notes: Counter[str]) -> Place | Skipped:
    """One element of an Overpass answer."""
    if not isinstance(element, Mapping):
        return Skipped("unreadable", type(element).__name__)
    kind, number = element.get("type"), element.get("id")
    tags = element.get("tags", {})
    known = kind in _KINDS and isinstance(number, int) and not isinstance(number, bool)
    if not known or not isinstance(tags, Mapping):
        return Skipped("unreadable", f"{kind!s:.20}/{number!s:.20}")
    lat, lon = _position(element)
    return osm_place(str(kind), int(number), tags, lat, lon, notes)  # type: ignore[arg-type]


def _position(element: Mapping[str, Any]) -> tuple[Any, Any]:
    if "lat" in element or "lon" in element:
        return element.get("lat"), element.get("lon")
    centre, bounds = element.get("center"), element.get("bounds")
    if isinstance(centre, Mapping):
        return centre.get("lat"), centre.get("lon")
    if isinstance(bounds, Mapping):
        try:
            return (bounds["minlat"] + bounds["maxlat"]) / 2, (bounds["minlon"] + bounds["maxlon"]) / 2
        except (KeyError, TypeError):
            return None, None
    return None, None
