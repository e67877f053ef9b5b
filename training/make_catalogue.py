"""Make the shipped catalogue of places from an OpenStreetMap extract.

    python -m training.make_catalogue osm_helsinki_centre.overpass.json recommender/data/helsinki.json \
        --dated 2019-04-21

The extract is Overpass JSON with `out center` (elements with lat/lon or center, and tags). Facts
are copied, none is added: id, name, English name, type, group, position, opening_hours,
wheelchair. The one derived figure is the prominence, an explained stand-in for popularity (see
`prominence`), because OpenStreetMap counts no visits. The same extract always gives the same
file: per group the two most prominent places of every type are taken first (or ice cream would
drown among restaurants), then the most prominent of the rest, chains after the others, ties
broken by name and id. Casinos are left out on purpose: gambling is nothing to suggest to a face.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from recommender.place import GROUPS

SOURCE = "OpenStreetMap"
LICENCE = "ODbL-1.0"
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright"

PER_GROUP = {
    "museum": 18, "park": 12, "restaurant": 24, "cafe": 18, "music": 14,
    "mall": 16, "heritage": 20, "landscape": 12, "nightlife": 18, "fitness": 12,
}  # fmt: skip
"""At most so many places per group, about 150 together; a group the extract is poor in stays smaller."""

PROMINENCE = (
    "0.45 where a Wikipedia article is linked + 0.20 where a Wikidata item is linked + 0.20 x "
    "(languages the name is given in, at most 8) / 8 + 0.15 x (tags, at most 16) / 16; a stand-in "
    "for popularity made from map facts, not a count of visitors"
)

CLOSED = {"node/4308913300": "Amos Anderson Art Museum closed in 2017; Amos Rex, its successor, is listed"}
"""Elements left out although the extract has them, with the reason."""

_Tags = Mapping[str, str]
_RULES: tuple[tuple[Callable[[_Tags], bool], str, str], ...] = (
    # (test on the tags, type, group); the first that holds decides.
    (lambda t: t.get("tourism") == "museum", "museum", "museum"),
    (lambda t: t.get("tourism") == "gallery" or t.get("amenity") == "arts_centre", "gallery", "museum"),
    (lambda t: t.get("amenity") == "library", "library", "museum"),
    (lambda t: t.get("shop") == "art", "gallery", "museum"),
    (lambda t: t.get("leisure") == "playground", "playground", "park"),
    (lambda t: t.get("leisure") == "garden", "garden", "park"),
    (lambda t: t.get("leisure") == "park", "park", "park"),
    (lambda t: "ice_cream" in t.get("cuisine", ""), "ice_cream", "restaurant"),
    (lambda t: t.get("amenity") in ("restaurant", "food_court"), "restaurant", "restaurant"),
    (lambda t: t.get("amenity") == "cafe", "cafe", "cafe"),
    (lambda t: t.get("amenity") == "theatre", "theatre", "music"),
    (lambda t: t.get("leisure") == "bandstand", "bandstand", "music"),
    (lambda t: t.get("amenity") in ("events_venue", "music_venue", "concert_hall"), "events_venue", "music"),
    (lambda t: t.get("shop") in ("music", "records"), "record_shop", "music"),
    (lambda t: t.get("shop") == "mall", "mall", "mall"),
    (lambda t: t.get("shop") == "department_store", "department_store", "mall"),
    (lambda t: t.get("amenity") == "cinema", "cinema", "mall"),
    (lambda t: t.get("leisure") == "miniature_golf", "miniature_golf", "mall"),
    (lambda t: t.get("shop") in ("games", "anime", "toys"), "games_shop", "mall"),
    (lambda t: t.get("shop") == "books", "bookshop", "mall"),
    (lambda t: t.get("amenity") == "marketplace", "marketplace", "heritage"),
    (
        lambda t: t.get("amenity") == "place_of_worship" and ("wikidata" in t or "tourism" in t),
        "place_of_worship",
        "heritage",
    ),
    (lambda t: t.get("natural") in ("water", "bay"), "water", "landscape"),
    (lambda t: t.get("natural") == "tree", "notable_tree", "landscape"),
    (lambda t: t.get("tourism") == "viewpoint", "viewpoint", "landscape"),
    (lambda t: t.get("artwork_type") == "fountain", "fountain", "landscape"),
    (lambda t: t.get("tourism") == "attraction", "attraction", "heritage"),
    (lambda t: t.get("historic") in ("memorial", "monument", "tomb"), "memorial", "heritage"),
    (lambda t: t.get("tourism") == "artwork" and "wikidata" in t, "artwork", "heritage"),
    (lambda t: t.get("amenity", "").split(";")[0] == "nightclub", "nightclub", "nightlife"),
    (lambda t: t.get("amenity") == "bar", "bar", "nightlife"),
    (lambda t: t.get("amenity") == "pub", "pub", "nightlife"),
    (lambda t: t.get("sport") == "swimming", "swimming_pool", "fitness"),
    (lambda t: t.get("sport") == "yoga", "yoga", "fitness"),
    (lambda t: t.get("leisure") == "dance", "dance", "fitness"),
    (
        lambda t: t.get("leisure") in ("fitness_centre", "sports_centre", "pitch") and "shop" not in t,
        "sports_centre",
        "fitness",
    ),
    (lambda t: t.get("sport") in ("boxing", "tennis") and "shop" not in t, "sports_centre", "fitness"),
)


def prominence(tags: Mapping[str, str]) -> float:
    """How far a place is known, 0..1, from facts of the map alone (`PROMINENCE` says how)."""
    languages = sum(1 for key in tags if key.startswith("name:") and len(key) <= len("name:xxx"))
    value = (
        0.45 * ("wikipedia" in tags)
        + 0.20 * ("wikidata" in tags)
        + 0.20 * min(languages, 8) / 8
        + 0.15 * min(len(tags), 16) / 16
    )
    return round(value, 3)


def place_of(element: Mapping[str, Any]) -> dict[str, Any] | None:
    """One catalogue entry, or None where the element is no place to go to or has no name."""
    tags = element.get("tags", {})
    if "name" not in tags or f"{element['type']}/{element['id']}" in CLOSED:
        return None
    kind = next(((kind, group) for test, kind, group in _RULES if test(tags)), None)
    if kind is None:
        return None
    position = element if "lat" in element else element["center"]
    entry: dict[str, Any] = {
        "id": f"{element['type']}/{element['id']}",
        "name": tags["name"],
        "type": kind[0],
        "group": kind[1],
        "lat": position["lat"],
        "lon": position["lon"],
        "prominence": prominence(tags),
    }
    english = tags.get("name:en")
    if english and english != tags["name"]:
        entry["name_en"] = english
    for key in ("opening_hours", "wheelchair"):
        if key in tags:
            entry[key] = tags[key]
    return entry


def _one_per_name(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first entry of every name in a group: branches and things mapped twice would crowd out others."""
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        kept.setdefault((entry["group"], entry["name"].casefold()), entry)
    return list(kept.values())


def _chains(elements: list[Mapping[str, Any]]) -> set[str]:
    """Ids of branches: a brand is tagged, or the name occurs again and nobody wrote about it."""
    names = Counter(element.get("tags", {}).get("name") for element in elements)
    return {
        f"{element['type']}/{element['id']}"
        for element in elements
        if (tags := element.get("tags", {}))
        and ("brand" in tags or (names[tags.get("name")] > 1 and "wikidata" not in tags))
    }


def make_catalogue(elements: list[Mapping[str, Any]], *, dated: str) -> dict[str, Any]:
    """The catalogue as the JSON object that `recommender.catalogue` reads.

    Args:
        elements: elements of an Overpass answer.
        dated: day of the newest edit in the extract, ISO; readers show it.
    """
    chains = _chains(elements)
    entries = [entry for element in elements if (entry := place_of(element)) is not None]
    entries.sort(key=lambda entry: (entry["id"] in chains, -entry["prominence"], entry["name"], entry["id"]))
    entries = _one_per_name(entries)
    of_type: Counter[str] = Counter()
    later: list[dict[str, Any]] = []
    first: list[dict[str, Any]] = []
    for entry in entries:
        of_type[entry["type"]] += 1
        (first if of_type[entry["type"]] <= 2 else later).append(entry)
    counts = dict.fromkeys(GROUPS, 0)
    chosen: list[dict[str, Any]] = []
    for entry in first + later:
        if counts[entry["group"]] < PER_GROUP[entry["group"]]:
            counts[entry["group"]] += 1
            chosen.append(entry)
    chosen.sort(key=lambda entry: (list(GROUPS).index(entry["group"]), -entry["prominence"], entry["name"]))
    return {
        "schema": 1,
        "name": "Helsinki centre",
        "source": SOURCE,
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "dated": dated,
        "timezone": "Europe/Helsinki",
        "country": "FI",
        "prominence": PROMINENCE,
        "counts": counts,
        "places": chosen,
    }


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
    try:
        elements = json.loads(options.extract.read_text(encoding="utf-8"))["elements"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{options.extract}: Overpass JSON with `elements` was expected: {error}") from error
    catalogue = make_catalogue(elements, dated=options.dated)
    partial = options.output.with_suffix(".partial")
    partial.write_text(_as_text(catalogue), encoding="utf-8")
    partial.replace(options.output)
    print(json.dumps(catalogue["counts"]), file=sys.stderr)
    print(f"{len(catalogue['places'])} places, {options.output.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
