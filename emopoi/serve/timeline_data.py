"""The readings of a job as columns for a chart: thinned out evenly, never invented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emopoi.errors import MediaError
from emopoi.types import FER7

MOST_POINTS = 1500
"""Of one person."""

_LONGEST_LINE = 200_000


def timeline_data(readings: Path) -> dict[str, Any]:
    """Read readings.jsonl.

    Args:
        readings: the file.

    Returns:
        `labels`, and `people`: for each an `id`, `time_s`, `confidence` and `fer7` (a list for each label),
        all of one length; every n-th reading where there are more than `MOST_POINTS`.

    Raises:
        MediaError: the file can not be read.
    """
    people: dict[int, list[tuple[float, float, list[float]]]] = {}
    try:
        for reading in _lines(readings):
            shares = reading["fer7"]
            people.setdefault(int(reading["person"]), []).append(
                (
                    float(reading["time_ms"]) / 1000.0,
                    float(reading["confidence"]),
                    [float(shares[label]) for label in FER7],
                )
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(f"the readings of this job can not be read ({error})") from error
    return {
        "labels": list(FER7),
        "people": [_columns(person, rows) for person, rows in sorted(people.items())],
    }


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        while line := file.readline(_LONGEST_LINE):
            if line.strip():
                yield json.loads(line)


def _columns(person: int, rows: list[tuple[float, float, list[float]]]) -> dict[str, Any]:
    step = -(-len(rows) // MOST_POINTS)
    kept = rows[::step]
    return {
        "id": person,
        "time_s": [round(row[0], 3) for row in kept],
        "confidence": [round(row[1], 4) for row in kept],
        "fer7": [[round(row[2][i], 4) for row in kept] for i in range(len(FER7))],
    }
