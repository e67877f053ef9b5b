"""Types of places: one table for all sources, and the ways from each source's own words to it.

`data/place_types.csv` has the types: group, words, age limit by law, whether there is a door to
close, whether it is ever suggested, and five qualities (0..1, judged, not measured; green and
scenic places lead in the first after MacKerron 2013 and Seresinhe 2019, see `emotion_prior`).
`data/type_map.csv` has a line for each tag or category of OpenStreetMap, Foursquare (today's
and the roots of 2012) and Overture (both layouts). Lines of OpenStreetMap are in order of
weight: of all tags of an element the one that comes first in the table decides. A category that
is not in the table is looked for by pattern (`*_restaurant`), then its parents are.
"""

from __future__ import annotations

import csv
import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "museum": "museums and galleries",
        "park": "parks and playgrounds",
        "restaurant": "restaurants and ice cream",
        "cafe": "cafes",
        "music": "music and concert halls",
        "mall": "malls and games",
        "heritage": "heritage",
        "landscape": "landscape and water",
        "nightlife": "bars and clubs",
        "fitness": "yoga and fitness",
        "shopping": "shops",
        "services": "services",
        "transport": "transport",
        "lodging": "places to stay",
        "health": "health",
        "education_work": "schools and offices",
        "home": "homes",
    }
)
"""Groups of types and their names in words. Nothing of the last six is ever suggested."""

QUALITIES = ("restorative", "novel", "sociable", "active", "quiet")

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class PlaceType:
    """One row of the table.

    Attributes:
        name: key in `TYPES`, one word ("museum", "record_shop").
        group: key of `GROUPS`.
        words: what one such place is called ("record shop").
        plural: what several are called ("record shops").
        min_age: age limit by law that usually holds, years, or None.
        open_air: has mostly no door to close, so missing opening hours say nothing.
        suggestible: whether places of this type are suggested at all.
        restorative: 0..1, as the four below.
        novel: something new to see.
        sociable: among people.
        active: the body moves.
        quiet: calm.
        note: where `min_age` or `suggestible` needs a reason.
    """

    name: str
    group: str
    words: str
    plural: str
    min_age: int | None
    open_air: bool
    suggestible: bool
    restorative: float
    novel: float
    sociable: float
    active: float
    quiet: float
    note: str = ""

    @property
    def qualities(self) -> tuple[float, float, float, float, float]:
        """The five qualities in the order of `QUALITIES`."""
        return self.restorative, self.novel, self.sociable, self.active, self.quiet


def _read_types() -> dict[str, PlaceType]:
    with (_DATA / "place_types.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["type"]: PlaceType(
                name=row["type"],
                group=row["group"],
                words=row["words"],
                plural=row["plural"],
                min_age=int(row["min_age"]) if row["min_age"] else None,
                open_air=row["open_air"] == "1",
                suggestible=row["suggestible"] == "1",
                note=row["note"],
                **{quality: float(row[quality]) for quality in QUALITIES},
            )
            for row in csv.DictReader(file)
        }


TYPES: Mapping[str, PlaceType] = MappingProxyType(_read_types())
"""All types in the order of the table."""

CODES: Mapping[str, int] = MappingProxyType({name: code for code, name in enumerate(TYPES)})
"""Position of each type in `TYPES`: what columns hold (int16)."""

SUGGESTIBLE_CODES: tuple[int, ...] = tuple(CODES[name] for name, kind in TYPES.items() if kind.suggestible)
"""Codes of the types that may be suggested."""

OSM_PLACE_KEYS = (
    "amenity", "leisure", "tourism", "shop", "historic", "natural", "sport", "office", "craft",
    "healthcare", "public_transport", "railway", "aeroway", "aerialway", "man_made", "club",
    "emergency", "attraction", "military", "diplomatic",
)  # fmt: skip
"""Keys of OpenStreetMap that make an element a place. Streets, routes, districts, borders, mere
buildings and land use are none, though some of them have a type too (a building that is a church)."""


class _CategoryMap:
    """Exact labels and patterns of one source."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self.exact: dict[str, str] = {}
        self.patterns: list[tuple[re.Pattern[str], str]] = []
        for label, kind in rows:
            if "*" in label:
                self.patterns.append((re.compile(fnmatch.translate(label)), kind))
            else:
                self.exact.setdefault(label, kind)

    def find(self, label: str) -> str | None:
        kind = self.exact.get(label)
        if kind is not None:
            return kind
        return next((kind for pattern, kind in self.patterns if pattern.match(label)), None)


@cache
def _map() -> Mapping[str, list[tuple[str, str, str]]]:
    """Source -> (key, value, type) in the order of the table."""
    rows: dict[str, list[tuple[str, str, str]]] = {"osm": [], "foursquare": [], "overture": []}
    with (_DATA / "type_map.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["source"]].append((row["key"], row["value"], row["type"]))
    return rows


@cache
def _osm_ranks() -> Mapping[tuple[str, str], tuple[int, str]]:
    ranks: dict[tuple[str, str], tuple[int, str]] = {}
    for rank, (key, value, kind) in enumerate(_map()["osm"]):
        ranks.setdefault((key, value), (rank, kind))
    return ranks


@cache
def _foursquare() -> _CategoryMap:
    return _CategoryMap((_plain(value), kind) for _, value, kind in _map()["foursquare"])


@cache
def _overture() -> _CategoryMap:
    return _CategoryMap((value, kind) for _, value, kind in _map()["overture"])


def type_of_osm(tags: Mapping[str, str]) -> str | None:
    """Type of an element of OpenStreetMap.

    Args:
        tags: all tags of the element; lists such as `amenity=nightclub;restaurant` count for each.

    Returns:
        Key of `TYPES`, or None for what is no place to be at (a street, a bus route).
    """
    ranks = _osm_ranks()
    best: tuple[int, str] | None = None
    for key, values in tags.items():
        found = [ranks.get((key, value.strip().lower())) for value in values.split(";")]
        if not any(found) and values not in ("no", "none"):
            found = [ranks.get((key, "*"))]
        for entry in found:
            if entry is not None and (best is None or entry < best):
                best = entry
    return None if best is None else best[1]


def type_of_foursquare(labels: Sequence[str]) -> str | None:
    """Type of a Foursquare category.

    Args:
        labels: one or more labels, the most telling first; each a leaf ("Café"), a root of 2012
            ("Nightlife Spot") or a path ("Dining and Drinking > Bar > Beer Garden").

    Returns:
        Key of `TYPES`: of the first leaf that is known, else of the nearest known parent.
    """
    paths = [[_plain(part) for part in label.split(">")] for label in labels]
    categories = _foursquare()
    for depth in range(max((len(path) for path in paths), default=0)):
        for path in paths:
            if depth < len(path):
                kind = categories.find(path[len(path) - 1 - depth])
                if kind is not None:
                    return kind
    return None


def type_of_overture(category: str | None, taxonomy_path: Sequence[str] = ()) -> str | None:
    """Type of a category of Overture Places.

    Args:
        category: `categories.primary` of the older layout, `taxonomy.primary` or `basic_category`
            of the newer one ("coffee_shop"), or None.
        taxonomy_path: `taxonomy.hierarchy`, root first, or alternates of the older layout.

    Returns:
        Key of `TYPES`: of the category, else of the nearest known parent.
    """
    categories = _overture()
    for label in ([category] if category else []) + list(taxonomy_path)[::-1]:
        kind = categories.find(label.strip().lower().replace(" ", "_"))
        if kind is not None:
            return kind
    return None


def _plain(label: str) -> str:
    return " ".join(label.split()).casefold()
