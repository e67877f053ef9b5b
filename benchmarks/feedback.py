"""How long feedback takes: the figures of docs/feedback.md.

python benchmarks/feedback.py

Makes stores in a temporary folder with 10,000 words of one person about 300, 1,000 and 10,000 places
and loads the opinions from each, on SQLite. One JSON object, milliseconds of 200 calls (50 for
writing) after some to warm up: by the clock, and of processor time, which a busy machine changes less.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from machine import describe_machine

from recommender.feedback import Event, FeedbackStore
from recommender.taxonomy import TYPES

WORDS, PERSON = 10_000, "me"
KINDS = {"like": 30, "dislike": 10, "hide": 5, "unhide": 1, "been_there": 100}


def words_about(places: int) -> list[Event]:
    """Words of one person over three years, every place named at least once if there are enough."""
    draw, start = random.Random(0), datetime.now(timezone.utc) - timedelta(days=1000)
    kinds = draw.choices(list(KINDS), list(KINDS.values()), k=WORDS)
    types = list(TYPES.values())
    events = []
    for index, kind in enumerate(kinds):
        place = index % places
        place_type = types[place % len(types)]
        moment = start + timedelta(minutes=144 * index)
        name = f"osm:node/{600_000_000 + place}"
        events.append(Event(PERSON, name, place_type.name, place_type.group, kind, moment))
    return events


def milliseconds(work: Callable[[], object], repeats: int, warm_up: int) -> dict[str, float]:
    """Median and 95th percentile of a call by the clock, and its median of processor time."""
    wall, processor = [], []
    for repeat in range(warm_up + repeats):
        start, start_processor = time.perf_counter(), time.process_time()
        work()
        if repeat >= warm_up:
            wall.append(1000 * (time.perf_counter() - start))
            processor.append(1000 * (time.process_time() - start_processor))
    wall.sort()
    found = {
        "median": statistics.median(wall),
        "p95": wall[int(0.95 * len(wall))],
        "processor": statistics.median(processor),
    }
    return {name: round(value, 2) for name, value in found.items()}


def main() -> None:
    """Command line."""
    result: dict[str, object] = {"machine": describe_machine(), "words": WORDS}
    with tempfile.TemporaryDirectory() as folder:
        for places in (300, 1000, 10_000):
            words = words_about(places)
            with FeedbackStore(Path(folder) / f"{places}.sqlite") as store:
                store.add(words)
                result[f"load_{places}_places_ms"] = milliseconds(partial(store.opinions, PERSON), 200, 10)
                result["draw_types_ms"] = milliseconds(
                    partial(store.opinions(PERSON).sample_types, 1), 200, 10
                )
                result["keep_a_word_ms"] = milliseconds(partial(store.add, words[:1]), 50, 5)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
