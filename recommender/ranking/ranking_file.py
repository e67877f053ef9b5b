"""ranking.json: the learned weights, read and checked; every number in it has a name.

    schema   1
    made     how, from what (data hash), and what it reached
    next     weights of `check_in_statistics.NEXT_TERMS`, repeats included
    new      the same, for places where the person has not been
    list     weights of `check_in_statistics.LIST_TERMS`
    places   weights of `place_terms.PLACE_TERMS` for a catalogue without check-ins, each for
             "everything" and "new", and the tables `type_hour` and `type_transition`

A weight is a base and an addition for each context (`gap`, `history`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

SCHEMA = 1
_LARGEST_WEIGHT = 1e6
DEFAULT_RANKING = Path(__file__).parents[1] / "data" / "ranking.json"


@dataclass(frozen=True)
class ContextWeights:
    """Weights of T terms that depend on the context.

    Attributes:
        base: float32 (T,).
        by_gap: float32 (4, T), added.
        by_history: float32 (4, T), added.
    """

    base: NDArray[np.float32]
    by_gap: NDArray[np.float32]
    by_history: NDArray[np.float32]

    def at(self, gap: int, history: int) -> NDArray[np.float32]:
        """float32 (T,) in one context."""
        return self.base + self.by_gap[gap] + self.by_history[history]

    def to_dict(self, terms: Sequence[str]) -> dict[str, Any]:
        """As in ranking.json."""
        return {
            name: {
                "base": _rounded(self.base[index]),
                "gap": [_rounded(value) for value in self.by_gap[:, index]],
                "history": [_rounded(value) for value in self.by_history[:, index]],
            }
            for index, name in enumerate(terms)
        }


def read_ranking(path: Path | str | None = None) -> dict[str, Any]:
    """The whole file as it stands.

    Args:
        path: None for the shipped one.

    Raises:
        InputError: the file can not be read or is of another schema.
    """
    file = DEFAULT_RANKING if path is None else Path(path)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: the ranking can not be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: a JSON ranking was expected: {error}") from error
    if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
        raise InputError(f"{file}: a ranking of schema {SCHEMA} was expected")
    return dict(data)


def context_weights(data: Mapping[str, Any], section: str, terms: Sequence[str]) -> ContextWeights:
    """Weights of one section.

    Args:
        data: of `read_ranking`.
        section: its name; "places.new" for a part of a section.
        terms: in the order wanted.

    Raises:
        InputError: a term is missing, is not known here, or has no finite numbers.
    """
    table: Any = data
    for name in section.split("."):
        table = table.get(name) if isinstance(table, Mapping) else None
    if not isinstance(table, Mapping) or set(table) != set(terms):
        found = sorted(table) if isinstance(table, Mapping) else table
        raise InputError(f"ranking: {section}: weights of {sorted(terms)} were expected, got {found}")
    rows = [table[name] for name in terms]
    try:
        base = np.array([_number(row["base"]) for row in rows], np.float32)
        gap = np.array([[_number(value) for value in row["gap"]] for row in rows], np.float32)
        history = np.array([[_number(value) for value in row["history"]] for row in rows], np.float32)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise InputError(
            f"ranking: {section}: base, gap and history as finite numbers were expected ({error})"
        ) from error
    if gap.shape != (len(terms), 4) or history.shape != (len(terms), 4):
        raise InputError(f"ranking: {section}: four weights a context were expected")
    return ContextWeights(base, gap.T, history.T)


def number_table(data: Mapping[str, Any], section: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A table of numbers under `places`.

    Raises:
        InputError: it is missing or has another shape.
    """
    try:
        table = np.array(data["places"][section], dtype=np.float32)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"ranking: places.{section}: a table of numbers was expected") from error
    if table.shape != shape or not np.isfinite(table).all():
        raise InputError(
            f"ranking: places.{section}: finite numbers {shape} were expected, got {table.shape}"
        )
    return table


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not abs(number) < _LARGEST_WEIGHT:
        raise ValueError(f"{value!r} is no finite number")
    return number


def _rounded(value: Any) -> float:
    return round(float(value), 4)
