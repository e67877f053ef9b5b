"""Hold pictures back so that no source is on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emopoi.errors import InputError

PARTS = ("training", "validation", "held")
SHARES = (0.65, 0.15, 0.20)


@dataclass(frozen=True)
class Split:
    """Where each row goes.

    Attributes:
        part: int64 (N,), places in `PARTS`.
        within_a_source: labels whose sources do not reach for three parts: theirs are cut into three
            stretches in the order of the rows, so their held rows come from sources trained on.
    """

    part: np.ndarray
    within_a_source: tuple[int, ...]

    def rows(self, name: str) -> np.ndarray:
        """int64 (M,), the rows of a part by its name."""
        return np.flatnonzero(self.part == PARTS.index(name))


def split_by_source(
    label: np.ndarray, sources: Sequence[str], pictures: Sequence[str] | None = None, *, seed: int = 1
) -> Split:
    """Spread sources over training, validation and held part, each label as evenly as it goes.

    Sources go in turn, the largest first and equal ones by chance, to where their labels are missed most.

    Args:
        label: int64 (N,).
        sources: N names.
        pictures: N names; rows of one picture (its changed copies) also stay together where a source
            has to be cut. None takes each row for a picture.
        seed: another seed, another split.

    Raises:
        InputError: the lengths differ, or there is a label with fewer than three pictures.
    """
    rows = len(label)
    names = [str(row) for row in range(rows)] if pictures is None else list(pictures)
    if not rows == len(sources) == len(names):
        raise InputError(f"labels, sources and pictures: {rows}, {len(sources)} and {len(names)} rows")
    torn = _with_few_sources(label, sources)
    while True:
        part = np.full(rows, -1, np.int64)
        for wanted in torn:
            _cut(part, np.flatnonzero(label == wanted), names)
        _spread(part, label, sources, np.random.default_rng(seed))
        missing = [
            int(wanted)
            for wanted in np.unique(label)
            if len(np.unique(part[label == wanted])) < len(PARTS) and wanted not in torn
        ]
        if not missing:
            return Split(part, tuple(sorted(torn)))
        # Sources with several labels each may leave one of them out of a part.
        torn += missing


def _cut(part: np.ndarray, rows: np.ndarray, names: list[str]) -> None:
    """Three stretches in the order of the rows, copies of a picture together."""
    order = list(dict.fromkeys(names[row] for row in rows))
    if len(order) < len(PARTS):
        raise InputError(f"at least {len(PARTS)} pictures of each label were expected, got {len(order)}")
    first = min(max(1, round(SHARES[0] * len(order))), len(order) - 2)
    second = min(max(first + 1, round((1 - SHARES[2]) * len(order))), len(order) - 1)
    place = {name: (index >= first) + (index >= second) for index, name in enumerate(order)}
    part[rows] = [place[names[row]] for row in rows]


def _with_few_sources(label: np.ndarray, sources: Sequence[str]) -> list[int]:
    """Labels whose sources do not suffice for three parts."""
    found = {wanted: {sources[row] for row in np.flatnonzero(label == wanted)} for wanted in np.unique(label)}
    return [int(wanted) for wanted, own in found.items() if len(own) < len(PARTS)]


def _spread(part: np.ndarray, label: np.ndarray, sources: Sequence[str], random: np.random.Generator) -> None:
    """Fill in the rows that are -1."""
    open_rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(part < 0):
        open_rows.setdefault(sources[row], []).append(int(row))
    classes, place = np.unique(label, return_inverse=True)
    total = np.zeros(len(classes))
    np.add.at(total, place[part < 0], 1)
    total = np.maximum(total, 1)
    held = np.zeros((len(PARTS), len(classes)))
    shares = np.array(SHARES)[:, None]
    order = random.permutation(len(open_rows))
    groups = [list(open_rows.values())[index] for index in order]
    for group in sorted(groups, key=len, reverse=True):
        counts = np.bincount(place[group], minlength=len(classes))
        # What each part still lacks of the group's labels, as a share of what it shall have.
        lack = ((shares * total - held) / (shares * total) * (counts > 0)).sum(1)
        chosen = int(np.argmax(lack))
        part[group] = chosen
        held[chosen] += counts
