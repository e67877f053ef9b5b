"""One element of OpenStreetMap as a place, whatever file it came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from recommender.catalogue.checked_place import checked_place
from recommender.catalogue.import_report import Skipped
from recommender.place import Place
from recommender.taxonomy import OSM_PLACE_KEYS, type_of_osm

PROMINENCE = (
    "0.45 where a Wikipedia article is linked + 0.20 where a Wikidata item is linked + 0.20 x "
    "(languages the name is given in, at most 8) / 8 + 0.15 x (tags, at most 16) / 16; a stand-in "
    "for popularity made from map facts, not a count of visitors"
)

_GONE_PREFIXES = ("disused:", "abandoned:", "demolished:", "removed:", "razed:", "was:", "closed:")


def prominence_of(tags: Mapping[str, str]) -> float:
    """How far a place is known, 0..1, from facts of the map alone (`PROMINENCE` says how)."""
    languages = sum(1 for key in tags if key.startswith("name:") and len(key) <= len("name:xxx"))
    value = (
        0.45 * ("wikipedia" in tags)
        + 0.20 * ("wikidata" in tags)
        + 0.20 * min(languages, 8) / 8
        + 0.15 * min(len(tags), 16) / 16
    )
    return round(value, 3)


def osm_place(
    kind: str, number: int, tags: Mapping[str, Any], lat: Any, lon: Any, notes: Counter[str]
) -> Place | Skipped:
    """A place of an element.

    Args:
        kind: "node", "way" or "relation".
        number: id of the element.
        tags: all its tags.
        lat: latitude of the node or of the middle of its bounding box, degrees.
        lon: longitude, degrees.
        notes: counts of what had to be changed, counted on.
    """
    place_id = f"osm:{kind}/{number}"
    if not all(isinstance(value, str) for value in tags.values()):
        return Skipped("unreadable", place_id)
    name = tags.get("name", "")
    if not name.strip():
        return Skipped("no_name", place_id)
    what = f"{place_id} {name}"
    if not any(key in tags for key in OSM_PLACE_KEYS):
        gone = any(
            key.startswith(prefix) and key[len(prefix) :] in OSM_PLACE_KEYS
            for key in tags
            for prefix in _GONE_PREFIXES
        )
        if gone:
            return Skipped("closed", what, closed_id=place_id)
        if type_of_osm(tags) is None:
            return Skipped("no_place", what)
    if tags.get("disused") == "yes" or tags.get("abandoned") == "yes" or "end_date" in tags:
        return Skipped("closed", what, closed_id=place_id)
    return checked_place(
        place_id,
        name=name,
        kind=type_of_osm(tags),
        lat=lat,
        lon=lon,
        notes=notes,
        prominence=prominence_of(tags),
        name_en=tags.get("name:en"),
        opening_hours=tags.get("opening_hours"),
        wheelchair=tags.get("wheelchair"),
        min_age=tags.get("min_age"),
    )
