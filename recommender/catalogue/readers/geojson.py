"""GeoJSON: exports of OpenStreetMap, of Overture Places, or anything with a name and a type.

Properties with tags of OpenStreetMap are read as such (ids from `@id`, `id` or `osm_type` and
`osm_id`), those with Overture's `categories` or `taxonomy` as such; of others `name`, `type` or
`category`, `opening_hours`, `wheelchair`, `price`, `min_age` and `prominence` count. A line, an
area or a collection stands in the middle of its box.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recommender.catalogue.checked_place import checked_place, clean_text
from recommender.catalogue.import_report import Skipped
from recommender.catalogue.json_stream import JsonListFile
from recommender.catalogue.readers.named_type import type_of_name
from recommender.catalogue.readers.osm_element import osm_place
from recommender.place import Place
from recommender.taxonomy import OSM_PLACE_KEYS, type_of_overture

_OSM_ID = re.compile(r"(?:.*/)?(node|way|relation|n|w|r)/?(\d{1,18})")
_OSM_KINDS = {"n": "node", "w": "way", "r": "relation"}
_DEEPEST = 6


def read_geojson(path: Path, notes: Counter[str]) -> Iterator[list[Place | Skipped]]:
    """Places of a GeoJSON FeatureCollection.

    Args:
        path: the file.
        notes: counts of what had to be changed, counted on.

    Yields:
        One entry for each feature, in the order of the file, in lists.

    Raises:
        InputError: the file can not be read or is no such JSON.
    """
    number = 0
    for features in JsonListFile(path, "features").chunks():
        entries = []
        for feature in features:
            number += 1
            entries.append(place_of_feature(feature, f"{clean_text(path.stem)[:60]}-{number}", notes))
        yield entries


def place_of_feature(feature: Any, spare_id: str, notes: Counter[str]) -> Place | Skipped:
    """One feature.

    Args:
        feature: GeoJSON object.
        spare_id: what it is called where it has no id.
        notes: counts of what had to be changed, counted on.
    """
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties"), Mapping | None):
        return Skipped("unreadable", spare_id)
    properties: Mapping[str, Any] = feature.get("properties") or {}
    lat, lon = _middle(feature.get("geometry"))
    osm = _osm_id(feature, properties)
    if osm is not None and any(key in properties for key in OSM_PLACE_KEYS):
        tags = {key: value for key, value in properties.items() if isinstance(value, str)}
        return osm_place(*osm, tags, lat, lon, notes)
    own_id = clean_text(str(feature.get("id") or properties.get("id") or spare_id))
    if "categories" in properties or "taxonomy" in properties or "basic_category" in properties:
        return _overture(own_id, properties, lat, lon, notes)
    name = properties.get("name")
    kind = None
    if any(key in properties for key in OSM_PLACE_KEYS):
        from recommender.taxonomy import type_of_osm

        kind = type_of_osm({key: value for key, value in properties.items() if isinstance(value, str)})
    for key in ("type", "category", "categories"):
        if kind is None and isinstance(properties.get(key), str):
            kind = type_of_name(properties[key])
    prominence = properties.get("prominence")
    fits = isinstance(prominence, int | float) and 0 <= prominence <= 1
    return checked_place(
        f"geojson:{own_id}",
        name=name,
        kind=kind,
        lat=lat,
        lon=lon,
        notes=notes,
        prominence=float(prominence) if fits else 0.0,  # type: ignore[arg-type]
        name_en=properties.get("name_en") or properties.get("name:en"),
        opening_hours=properties.get("opening_hours"),
        wheelchair=properties.get("wheelchair"),
        price=properties.get("price"),
        min_age=properties.get("min_age"),
    )


def _overture(
    own_id: str, properties: Mapping[str, Any], lat: Any, lon: Any, notes: Counter[str]
) -> Place | Skipped:
    def inside(key: str, inner: str) -> Any:
        value = properties.get(key)
        return value.get(inner) if isinstance(value, Mapping) else None

    def texts(value: Any) -> list[str]:
        return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []

    if properties.get("operating_status") in ("permanently_closed", "temporarily_closed"):
        return Skipped("closed", own_id, closed_id=f"overture:{own_id}")
    basic = properties.get("basic_category")
    path = texts(inside("taxonomy", "hierarchy")) + ([basic] if isinstance(basic, str) else [])
    kind = None
    for category in (inside("taxonomy", "primary"), inside("categories", "primary")):
        if kind is None and isinstance(category, str):
            kind = type_of_overture(category, path)
    kind = kind or type_of_overture(None, path + texts(inside("categories", "alternate"))[::-1])
    confidence = properties.get("confidence")
    fits = isinstance(confidence, int | float) and 0 <= confidence <= 1
    common = inside("names", "common")
    return checked_place(
        f"overture:{own_id}",
        name=inside("names", "primary"),
        kind=kind,
        lat=lat,
        lon=lon,
        notes=notes,
        prominence=float(confidence) if fits else 0.0,  # type: ignore[arg-type]
        name_en=common.get("en") if isinstance(common, Mapping) else None,
    )


def _osm_id(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[str, int] | None:
    if properties.get("osm_type") and str(properties.get("osm_id", "")).isdigit():
        kind = str(properties["osm_type"]).lower()
        return _OSM_KINDS.get(kind[:1], "node"), int(properties["osm_id"])
    for value in (properties.get("@id"), feature.get("id"), properties.get("id")):
        match = _OSM_ID.fullmatch(str(value or ""))
        if match:
            return _OSM_KINDS.get(match[1], match[1]), int(match[2])
    return None


def _middle(geometry: Any) -> tuple[Any, Any]:
    """Latitude and longitude of the middle of a geometry's box, or None and None."""
    positions: list[tuple[Any, Any]] = []
    _collect(geometry, positions, 0)
    if len(positions) == 1:
        return positions[0]
    numbers = [
        (lat, lon) for lat, lon in positions if isinstance(lat, int | float) and isinstance(lon, int | float)
    ]
    if not numbers:
        return None, None
    lats, lons = [lat for lat, _ in numbers], [lon for _, lon in numbers]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2


def _collect(part: Any, positions: list[tuple[Any, Any]], depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(part, Mapping):
        _collect(part.get("coordinates"), positions, depth + 1)
        _collect(part.get("geometries"), positions, depth + 1)
    elif isinstance(part, list) and part:
        if isinstance(part[0], list | Mapping):
            for inner in part:
                _collect(inner, positions, depth + 1)
        elif len(part) >= 2:
            positions.append((part[1], part[0]))
