"""What a collection is: where it comes from, how it is split, and how its files become rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as arrow

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """The least that is read at once: a picture, a clip, a line of a table.

    Attributes:
        name: for lists of what was skipped, relative to the collection's folder.
        path: the file that is read.
        facts: labels and whatever else `read` needs.
        person: who is seen or heard, or the closest to it that the collection tells; None where nothing.
    """

    name: str
    path: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or line that is damaged, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class KnownHash:
    """A file whose MD5 somebody published.

    Attributes:
        path: the file.
        md5: hexadecimal.
        source: who published it.
    """

    path: Path
    md5: str
    source: str


@dataclass
class Plan:
    """What there is to read, worked out from lists and names alone.

    Attributes:
        splits: items by the name of the file that they go to, without `.parquet`.
        skipped: what is damaged or missing already in lists and names.
        left_out: why good items are left out, with their number.
        found: numbers to compare with the published ones, by the same names.
        hashes: files whose hash is published and which are there.
        shared: what every item needs; goes to each process once.
    """

    splits: dict[str, list[Item]]
    skipped: list[Skipped] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    found: dict[str, int] = field(default_factory=dict)
    hashes: list[KnownHash] = field(default_factory=list)
    shared: Any = None


@dataclass(frozen=True)
class Collection:
    """A collection and how it is read.

    Attributes:
        name: on the command line.
        title: as its authors write it.
        trains: what of ours is trained on it.
        source: what to get, and from whom.
        licence: as its authors state it.
        split: how its parts come about.
        labels: how its labels become ours.
        layout: the files that are expected, for messages.
        columns: of the rows.
        plan: from the collection's folder and the folder of the result to a `Plan`; raises InputError
            where the layout is another.
        read: from an item and `Plan.shared` to its rows; raises InputError where the item is damaged.
        published: numbers that the authors state.
        items_a_shard: items that one file of the result is made of.
    """

    name: str
    title: str
    trains: str
    source: str
    licence: str
    split: str
    labels: str
    layout: str
    columns: arrow.Schema
    plan: Callable[[Path, Path], Plan]
    read: Callable[[Item, Any], Sequence[Row]]
    published: Mapping[str, int] = field(default_factory=dict)
    items_a_shard: int = 2000
