"""Make the shipped catalogue of places from an OpenStreetMap extract.

    python -m training.make_catalogue osm_helsinki_centre.overpass.json recommender/data/helsinki.json \
        --dated 2019-04-21

The extract is Overpass JSON with `out center`. All named places of types that may be suggested
(`recommender/data/place_types.csv`) come in; facts are copied, none is added. The one derived
figure is the prominence, an explained stand-in for popularity, because OpenStreetMap counts no
visits. A thing that is mapped twice (same name and type within 100 m) comes in once. The same
extract always gives the same file. Casinos are left out on purpose, by the table of types:
gambling is nothing to suggest to a face.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recommender.catalogue.json_catalogue import SCHEMA
from recommender.catalogue.readers.osm_element import PROMINENCE
from recommender.catalogue.readers.osm_json import read_osm_json
from recommender.catalogue.sources import OPENSTREETMAP
from recommender.distance import haversine_m
from recommender.place import Place
from recommender.taxonomy import CODES, TYPES

CLOSED = {
    "osm:node/4308913300": "Amos Anderson Art Museum closed in 2017; Amos Rex, its successor, is listed"
}
"""Elements left out although the extract has them, with the reason."""

SAME_WITHIN_M = 100.0


def make_catalogue(found: Iterable[Place], *, dated: str) -> dict[str, Any]:
    """The catalogue as the JSON object that `recommender.catalogue` reads.

    Args:
        found: all places of the extract.
        dated: day of the newest edit in the extract, ISO; readers show it.
    """
    places = sorted(
        (place for place in found if TYPES[place.type].suggestible and place.id not in CLOSED),
        key=lambda place: (CODES[place.type], -place.prominence, place.name, place.id),
    )
    kept: list[Place] = []
    of_name: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        twins = of_name.setdefault((place.type, place.name.casefold()), [])
        distances = haversine_m(
            (place.lat, place.lon), [twin.lat for twin in twins], [twin.lon for twin in twins]
        )
        if not (distances < SAME_WITHIN_M).any():
            twins.append(place)
            kept.append(place)
    return {
        "schema": SCHEMA,
        "name": "Helsinki centre",
        "source": OPENSTREETMAP.name,
        "licence": OPENSTREETMAP.licence,
        "attribution": OPENSTREETMAP.attribution,
        "dated": dated,
        "timezone": "Europe/Helsinki",
        "country": "FI",
        "prominence": PROMINENCE,
        "counts": dict(Counter(place.group for place in kept)),
        "places": [_entry(place) for place in kept],
    }


def _entry(place: Place) -> dict[str, Any]:
    values = {name: getattr(place, name) for name in Place.__dataclass_fields__}
    return {name: value for name, value in values.items() if value is not None}


def _as_text(catalogue: Mapping[str, Any]) -> str:
    """JSON with one place a line, so that a change of one place is a change of one line."""
    head = {name: value for name, value in catalogue.items() if name != "places"}
    lines = ",\n".join(json.dumps(place, ensure_ascii=False) for place in catalogue["places"])
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "places": [\n{lines}\n ]\n}}\n'


def main(arguments: list[str] | None = None) -> int:
    """Read the extract, write the catalogue, print the counts."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("extract", type=Path, help="Overpass JSON with `out center`")
    parser.add_argument("output", type=Path, help="catalogue to write")
    parser.add_argument("--dated", required=True, help="day of the newest edit in the extract, ISO")
    options = parser.parse_args(arguments)
    entries = [entry for chunk in read_osm_json(options.extract, Counter()) for entry in chunk]
    catalogue = make_catalogue((entry for entry in entries if isinstance(entry, Place)), dated=options.dated)
    partial = options.output.with_suffix(".partial")
    partial.write_text(_as_text(catalogue), encoding="utf-8")
    partial.replace(options.output)
    print(json.dumps(catalogue["counts"]), file=sys.stderr)
    print(f"{len(catalogue['places'])} places, {options.output.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
