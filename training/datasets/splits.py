"""Parts of collections that have no official split: a person's rows go where their name's hash says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from training.datasets.collection import Item

TENTHS = {"train": 0.8, "valid": 0.1, "test": 0.1}


def parts_of(persons: Iterable[str], shares: Mapping[str, float]) -> dict[str, str]:
    """The part of each person.

    It depends on the name alone: more persons, another order or another machine change nothing. Only where
    persons are so few that a part has nobody, it gets the one of the first part who is nearest to it.

    Args:
        persons: who there is, with the collection's name, so that collections differ.
        shares: of the parts by name, summing to one; the first is the one that is learned from.
    """
    places = {person: _place(person) for person in sorted(set(persons))}
    found = {person: _part(place, shares) for person, place in places.items()}
    first, *others = shares
    for part in others:
        left = [person for person in found if found[person] == first]
        if part not in found.values() and len(left) > 1:
            found[max(left, key=places.__getitem__)] = part
    return found


def split_by(
    items: Iterable[Item],
    key: Callable[[Item], str],
    shares: Mapping[str, float],
    splits: dict[str, list[Item]],
) -> None:
    """Put items into the parts of their persons.

    Args:
        items: in the order that they shall have.
        key: who an item is of, see `parts_of`.
        shares: see `parts_of`.
        splits: gets the items, by part.
    """
    items = list(items)
    parts = parts_of(map(key, items), shares)
    for item in items:
        splits[parts[key(item)]].append(item)


def _place(person: str) -> float:
    digest = hashlib.sha256(person.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _part(place: float, shares: Mapping[str, float]) -> str:
    total = 0.0
    for name, share in shares.items():
        total += share
        if place < total:
            return name
    return next(reversed(shares))
