"""reconstruction.json: who was found, how well, and which files tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.head.expression_names import expression_names
from emopoi.head.head_model import HeadModel
from emopoi.reconstruct.solving import SolvedPerson

SCHEMA = 1
_DIGITS = 4


def summary(
    source: str,
    kind: str,
    size_px: tuple[int, int],
    head: HeadModel,
    people: Sequence[SolvedPerson],
    counts: dict[str, int],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """The object, before files and notes are known.

    Args:
        source: name of the photo or video without its folder.
        kind: "photo" or "video".
        size_px: width and height of its pictures.
        head: of everybody.
        people: solved.
        counts: frames and faces, by what was counted.
        settings: what ran.

    Returns:
        Plain values; `people` in the order given, each with an empty list of files.
    """
    return {
        "schema": SCHEMA,
        "source": source,
        "kind": kind,
        "width_px": size_px[0],
        "height_px": size_px[1],
        "head": {
            "name": head.name,
            "vertices": len(head.v_template),
            "identity": head.n_identity,
            "expressions": head.n_expressions,
            "named": bool(head.expression_names),
            "licence": head.licence,
        },
        "settings": settings,
        **counts,
        "people": [_person(head, person) for person in people],
        "files": [],
        "notes": [],
    }


def _person(head: HeadModel, person: SolvedPerson) -> dict[str, Any]:
    expression = np.stack([one.expression for one in person.coefficients])
    names = expression_names(head)
    return {
        "id": person.id,
        "frames": len(person.frames),
        "frames_skipped": person.skipped,
        "first_s": round(float(person.times_ms[0]) / 1000.0, 3),
        "last_s": round(float(person.times_ms[-1]) / 1000.0, 3),
        "error": {
            "mean": _rounded(person.errors.mean()),
            "p95": _rounded(np.percentile(person.errors, 95)),
        },
        "identity": [_rounded(value) for value in person.coefficients[0].identity],
        "expression_mean": _named(names, expression.mean(axis=0)),
        "expression_max": _named(names, expression.max(axis=0)),
        "files": [],
    }


def _named(names: Sequence[str], values: NDArray[np.floating]) -> dict[str, float]:
    return {name: _rounded(value) for name, value in zip(names, values, strict=True)}


def _rounded(value: float | np.floating) -> float:
    return round(float(value), _DIGITS)
