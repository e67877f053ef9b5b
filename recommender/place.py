"""One place that a person can go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recommender.taxonomy import TYPES


@dataclass(frozen=True, slots=True)
class Place:
    """A place as the catalogue knows it.

    Attributes:
        id: source and id there, unique in a catalogue: "osm:node/600394448", "overture:08f...",
            "fsq:4b05...", "csv:17".
        name: name on the spot.
        type: what it is, key of `recommender.taxonomy.TYPES`.
        lat: latitude, degrees north, WGS 84.
        lon: longitude, degrees east, WGS 84.
        prominence: 0..1, how far the place is known; the catalogue says how it was derived.
        name_en: English name where it differs, or None.
        opening_hours: text in OpenStreetMap's opening_hours syntax, or None where not known.
        wheelchair: "yes", "limited", "no", "designated", or None where not known.
        price: 1 (cheap) .. 4, or None where not known.
        min_age: age limit that is tagged at this place, years, or None; its type may have one too.
    """

    id: str
    name: str
    type: str
    lat: float
    lon: float
    prominence: float = 0.0
    name_en: str | None = None
    opening_hours: str | None = None
    wheelchair: str | None = None
    price: int | None = None
    min_age: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON, with the group; what is not known is null."""
        return {
            "id": self.id,
            "name": self.name,
            "name_en": self.name_en,
            "type": self.type,
            "group": self.group,
            "lat": self.lat,
            "lon": self.lon,
            "prominence": self.prominence,
            "opening_hours": self.opening_hours,
            "wheelchair": self.wheelchair,
            "price": self.price,
            "min_age": self.min_age,
        }

    @property
    def group(self) -> str:
        """Group of the place's type, key of `recommender.taxonomy.GROUPS`."""
        return TYPES[self.type].group
