"""OpenStreetMap as PBF, with the package osmium (an extra: only this reader needs it).

Nodes are where they are. Ways and relations are in the middle of the box around their nodes, as
in Overpass answers with `out center`; a relation's box is that of the member nodes and ways that
the file has. Elements without tags are parts of others and are not counted.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emopoi.errors import InputError, MissingPartError
from recommender.catalogue.import_report import Skipped
from recommender.catalogue.readers.osm_element import osm_place
from recommender.place import Place

_BATCH = 5000
_LARGE_BYTES = 200_000_000
"""From this size on the positions of nodes are kept on the disk."""


class _Bounds:
    """A box that grows with what is put in."""

    def __init__(self) -> None:
        self.south = self.west = float("inf")
        self.north = self.east = float("-inf")

    def add(self, south: float, north: float, west: float, east: float) -> None:
        self.south, self.north = min(self.south, south), max(self.north, north)
        self.west, self.east = min(self.west, west), max(self.east, east)

    def middle(self) -> tuple[float | None, float | None]:
        if self.south > self.north:
            return None, None
        return (self.south + self.north) / 2, (self.west + self.east) / 2


def read_osm_pbf(path: Path, notes: Counter[str]) -> Iterator[list[Place | Skipped]]:
    """Places of a PBF file (or any other file that osmium reads).

    Args:
        path: the file.
        notes: counts of what had to be changed, counted on.

    Yields:
        One entry for each element that has tags, in lists.

    Raises:
        InputError: the file can not be read.
        MissingPartError: the package osmium is not installed.
    """
    try:
        import osmium
    except ImportError as error:
        raise MissingPartError("reading PBF files needs the package osmium: pip install osmium") from error
    try:
        yield from _read(osmium, path, notes)
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{path}: an OpenStreetMap file was expected: {error}") from error


def _read(osmium: Any, path: Path, notes: Counter[str]) -> Iterator[list[Place | Skipped]]:
    with tempfile.TemporaryDirectory() as folder:
        storage = "flex_mem"
        if path.stat().st_size > _LARGE_BYTES:
            storage = f"sparse_file_array,{folder}/nodes"
        relations = _relations(osmium, path)
        wanted: dict[tuple[str, int], list[_Bounds]] = defaultdict(list)
        bounds = {number: _Bounds() for number in relations}
        for number, (_, members) in relations.items():
            for member in members:
                wanted[member].append(bounds[number])
        if wanted:
            _find_members(osmium, path, storage, wanted)
        entries: list[Place | Skipped] = []
        elements = osmium.FileProcessor(str(path)).with_locations(storage)
        for element in elements.with_filter(osmium.filter.EmptyTagFilter()):
            tags = {tag.k: tag.v for tag in element.tags}
            if element.is_node():
                kind, lat, lon = "node", element.location.lat, element.location.lon
            elif element.is_way():
                kind = "way"
                lat, lon = _bounds_of(element).middle() if "name" in tags else (None, None)
            else:
                kind = "relation"
                lat, lon = bounds[element.id].middle() if element.id in bounds else (None, None)
            entries.append(osm_place(kind, element.id, tags, lat, lon, notes))
            if len(entries) >= _BATCH:
                yield entries
                entries = []
        yield entries


def _relations(osmium: Any, path: Path) -> dict[int, tuple[str, list[tuple[str, int]]]]:
    """Named relations that could be places: id -> name and members (kind "n" or "w", id)."""
    found: dict[int, tuple[str, list[tuple[str, int]]]] = {}
    probe: Counter[str] = Counter()
    elements = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    for relation in elements.with_filter(osmium.filter.KeyFilter("name")):
        tags = {tag.k: tag.v for tag in relation.tags}
        if isinstance(osm_place("relation", relation.id, tags, 1.0, 1.0, probe), Place):
            members = [(member.type, member.ref) for member in relation.members if member.type in "nw"]
            found[relation.id] = tags["name"], members
    return found


def _find_members(
    osmium: Any, path: Path, storage: str, wanted: dict[tuple[str, int], list[_Bounds]]
) -> None:
    nodes = [number for kind, number in wanted if kind == "n"]
    ways = [number for kind, number in wanted if kind == "w"]
    elements = (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations(storage)
        .with_filter(osmium.filter.IdFilter(nodes).enable_for(osmium.osm.NODE))
        .with_filter(osmium.filter.IdFilter(ways).enable_for(osmium.osm.WAY))
    )
    for element in elements:
        if element.is_node():
            lat, lon = element.location.lat, element.location.lon
            for bounds in wanted["n", element.id]:
                bounds.add(lat, lat, lon, lon)
        else:
            box = _bounds_of(element)
            if box.south <= box.north:
                for bounds in wanted["w", element.id]:
                    bounds.add(box.south, box.north, box.west, box.east)


def _bounds_of(way: Any) -> _Bounds:
    bounds = _Bounds()
    for node in way.nodes:
        if node.location.valid():
            bounds.add(node.lat, node.lat, node.lon, node.lon)
    return bounds
