"""Made tables of places and what a person said about them, for the tests of the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import numpy as np
from hypothesis import strategies as st

from emopoi.types import EMOPOI8, AgeRange, PersonProfile
from recommender.catalogue import PlaceTable
from recommender.feedback import Opinions, opinions_from
from recommender.feedback.evidence import PlaceState
from recommender.opening import OpenState
from recommender.place import Place
from recommender.taxonomy import CODES, SUGGESTIBLE_CODES, TYPES

WHEN = datetime(2024, 6, 5, 15, 0, tzinfo=timezone.utc)
TYPE_NAMES = list(TYPES)
HOURS = (None, "open", "closed", "soon")
GROUP_OF_TYPE = {name: kind.group for name, kind in TYPES.items()}


def read_made_hours(hours: str | None, moment: datetime) -> OpenState:
    """Reads `HOURS`: what a text says is its state."""
    if hours is None:
        return OpenState("unknown")
    if hours == "soon":
        return OpenState("open", until=moment + timedelta(minutes=10), hours=hours)
    until = moment + timedelta(hours=4)
    return OpenState("open" if hours == "open" else "closed", until=until, hours=hours)


class MadeCatalogue:
    """A catalogue with rows of any number, that counts how many records were asked for."""

    def __init__(self, table: PlaceTable, hours: Sequence[str | None]) -> None:
        self.table = table
        self.asked = 0
        self._position = {int(row): index for index, row in enumerate(table.row)}
        self._hours = list(hours)

    def __len__(self) -> int:
        return len(self.table)

    def rows(self, ids: Sequence[str]) -> np.ndarray:
        known = [int(name) if int(name) in self._position else -1 for name in ids]
        return np.array(known, dtype=np.int64)

    def places(self, rows: np.ndarray) -> list[Place]:
        self.asked += len(rows)
        return [self._place(int(row)) for row in rows]

    def _place(self, row: int) -> Place:
        index = self._position[row]
        kind = TYPE_NAMES[self.table.type[index]]
        prominence = float(self.table.prominence[index])
        return Place(str(row), f"place {row}", kind, 60.0, 25.0, prominence, opening_hours=self._hours[index])


def make_table(
    types: Sequence[int],
    *,
    row: Sequence[int] | None = None,
    distance_m: Sequence[float] | None = None,
    prominence: Sequence[float] | None = None,
) -> PlaceTable:
    count = len(types)
    return PlaceTable(
        row=np.arange(count, dtype=np.int64) if row is None else np.array(row, dtype=np.int64),
        type=np.array(types, dtype=np.int16),
        lat=np.full(count, 60.0),
        lon=np.full(count, 25.0),
        distance_m=np.full(count, 500.0) if distance_m is None else np.array(distance_m, dtype=np.float64),
        prominence=np.array([0.0] * count if prominence is None else prominence, dtype=np.float32),
        price=np.zeros(count, np.int8),
        wheelchair=np.zeros(count, np.int8),
        min_age=np.zeros(count, np.int16),
    )


@st.composite
def catalogues(draw: st.DrawFn, least: int = 1, most: int = 300) -> MadeCatalogue:
    """Random places; few values of everything, so that ties happen."""
    size = draw(st.integers(least, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds = random.choice(SUGGESTIBLE_CODES, draw(st.integers(1, 8)))
    table = make_table(
        random.choice(kinds, size),
        row=random.choice(10 * size, size, replace=False),
        distance_m=random.choice([0.0, 100.0, 450.0, 1200.0, 2900.0, 40_000.0], size),
        prominence=random.choice([0.0, 0.2, 0.9, 1.0], size),
    )
    share = draw(st.sampled_from([(0.2, 0.4, 0.3, 0.1), (0.0, 0.02, 0.98, 0.0), (0.0, 0.0, 1.0, 0.0)]))
    return MadeCatalogue(table, [HOURS[code] for code in random.choice(4, size, p=share)])


def opinions_of(words: dict[str, tuple[str, int, int]], *, when: datetime = WHEN) -> Opinions:
    """Opinions from id -> (type, opinion, visits), all said a day before."""
    said_us = int((when - timedelta(days=1)).timestamp() * 1_000_000)
    states = [
        PlaceState(place, kind, GROUP_OF_TYPE[kind], word, said_us, None, visits, said_us if visits else None)
        for place, (kind, word, visits) in words.items()
    ]
    return opinions_from("somebody", states, GROUP_OF_TYPE, now=when)


@st.composite
def opinions_about(draw: st.DrawFn, catalogue: MadeCatalogue) -> Opinions | None:
    if draw(st.booleans()):
        return None
    table = catalogue.table
    chosen = draw(st.lists(st.integers(0, len(table) - 1), unique=True, max_size=6))
    words = {
        str(table.row[index]): (
            TYPE_NAMES[table.type[index]],
            draw(st.sampled_from([-1, 0, 1])),
            draw(st.integers(0, 3)),
        )
        for index in chosen
    }
    if draw(st.booleans()):
        words["999999999"] = ("park", 1, 2)  # a place that the catalogue does not know
    return opinions_of(words)


UNIT = st.floats(0, 1)
SIGNED = st.floats(-1, 1)


@st.composite
def people(draw: st.DrawFn, states: tuple[str, ...] = EMOPOI8) -> PersonProfile:
    raw = [draw(UNIT) + 1e-6 for _ in states]
    age = draw(st.none() | st.floats(5, 90))
    return PersonProfile(
        id=1,
        observed_s=5.0,
        fer7={"neutral": 1.0},
        emopoi8={state: value / sum(raw) for state, value in zip(states, raw, strict=True)},
        valence=draw(SIGNED),
        arousal=draw(SIGNED),
        variability=draw(UNIT),
        confidence=draw(UNIT),
        abstained=draw(st.booleans()),
        age=None if age is None else AgeRange(age, age, age),
        female=draw(st.none() | UNIT),
    )


def code(name: str) -> int:
    return CODES[name]
