"""Where places come from, and what must be said beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A source of places.

    Attributes:
        key: first part of the ids ("osm" in "osm:node/1").
        name: what it is called.
        licence: SPDX name of the licence, or a plain word where there is none.
        attribution: what the licence asks to be shown.
    """

    key: str
    name: str
    licence: str
    attribution: str


OPENSTREETMAP = Source(
    "osm",
    "OpenStreetMap",
    "ODbL-1.0",
    "© OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright",
)
FOURSQUARE = Source(
    "fsq",
    "Foursquare OS Places",
    "Apache-2.0",
    "Foursquare OS Places, © Foursquare Labs, Apache-2.0, https://opensource.foursquare.com/os-places/",
)

OWN_KEYS = ("csv", "geojson")
"""Keys of files of the user's own."""

_LICENCES_IN_OVERTURE = {
    "meta": "CDLA-Permissive-2.0",
    "microsoft": "CDLA-Permissive-2.0",
    "pinmeto": "CDLA-Permissive-2.0",
    "krick": "CDLA-Permissive-2.0",
    "renderseo": "CDLA-Permissive-2.0",
    "dac": "CDLA-Permissive-2.0",
    "foursquare": "Apache-2.0",
    "alltheplaces": "CC0-1.0",
    "openstreetmap": "ODbL-1.0",
    "osm": "ODbL-1.0",
}
"""Data sets that Overture Places is made of, in small letters, and their licences."""


def overture_source(datasets: Iterable[str]) -> Source:
    """Overture Places with the data sets that its `sources` column names.

    Args:
        datasets: names such as "meta" and "Foursquare"; none where the column is missing.
    """
    licences: dict[str, list[str]] = {}
    for dataset in sorted(set(datasets), key=str.casefold):
        licence = _LICENCES_IN_OVERTURE.get(dataset.casefold(), "licence not known here")
        licences.setdefault(licence, []).append(dataset)
    if not licences:
        licences = {"CDLA-Permissive-2.0": []}
    made_of = "; ".join(
        f"{', '.join(names)}: {licence}" if names else licence for licence, names in sorted(licences.items())
    )
    return Source(
        "overture",
        "Overture Maps places",
        " AND ".join(sorted(licences)),
        f"Overture Maps Foundation, https://overturemaps.org ({made_of})",
    )


def own_source(key: str, file_name: str) -> Source:
    """A file of the user's own, about whose licence nothing is known.

    Args:
        key: "csv" or "geojson".
        file_name: name of the file.
    """
    return Source(key, file_name, "not known", f"{file_name} (own file, licence not known)")
