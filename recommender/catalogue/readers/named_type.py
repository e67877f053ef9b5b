"""A type from one free word or label: of this project, of Foursquare, of OpenStreetMap or Overture."""

from __future__ import annotations

from recommender.taxonomy import TYPES, type_of_foursquare, type_of_osm, type_of_overture

_KEYS = ("amenity", "leisure", "tourism", "natural")
"""Keys whose values say by themselves what is meant, and that have no catch-all in the table."""


def type_of_name(label: str) -> str | None:
    """Key of `TYPES` for a label such as "museum", "Coffee Shop", "tourism=museum" or "coffee_shop"."""
    plain = " ".join(label.split())
    if plain.lower() in TYPES:
        return plain.lower()
    if "=" in plain:
        key, _, value = plain.partition("=")
        return type_of_osm({key.strip(): value.strip()})
    by_key = type_of_osm(dict.fromkeys(_KEYS, plain)) if plain.islower() else None
    return type_of_foursquare([plain]) or type_of_overture(plain) or by_key
