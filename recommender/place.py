"""One place that a person can go to."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = {
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
}
"""The ten groups of places and their names in words."""

ADULT_TYPES = frozenset({"bar", "pub", "nightclub", "casino"})
"""Types that serve mainly alcohol or offer gambling: entry may ask for 18 years (20 in some clubs)."""

ADULT_AGE_YEARS = 18

OPEN_AIR_TYPES = frozenset(
    {"park", "garden", "playground", "water", "notable_tree", "viewpoint", "fountain", "memorial", "artwork"}
)
"""Types that are mapped without opening hours because they mostly have no door to close."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as the catalogue knows it.

    Attributes:
        id: id in the catalogue's source, e.g. "node/600394448" in OpenStreetMap.
        name: name on the spot.
        type: what it is, one word ("museum", "library", "pub").
        group: key of `GROUPS`.
        lat: latitude, degrees north, WGS 84.
        lon: longitude, degrees east, WGS 84.
        prominence: 0..1, how far the place is known; the catalogue says how it was derived.
        name_en: English name where it differs, or None.
        opening_hours: text in OpenStreetMap's opening_hours syntax, or None where not known.
        wheelchair: "yes", "limited", "no", "designated", or None where not known.
    """

    id: str
    name: str
    type: str
    group: str
    lat: float
    lon: float
    prominence: float = 0.0
    name_en: str | None = None
    opening_hours: str | None = None
    wheelchair: str | None = None
