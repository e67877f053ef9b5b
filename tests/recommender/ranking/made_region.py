"""Made check-ins of a small region, for the tests of the learned ranking."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recommender.check_ins import PoiTable, Visits

START_S = 1_507_000_000
DAY_S = 86_400


def region(places: int, *, categories: int = 3, unknown: tuple[int, ...] = (), seed: int = 0) -> PoiTable:
    """Places within a few kilometres; `unknown` ones have no position."""
    random = np.random.default_rng(seed)
    lat, lon = 3.15 + random.normal(0, 0.02, places), 101.7 + random.normal(0, 0.02, places)
    lat[list(unknown)] = np.nan
    category = np.arange(places, dtype=np.int32) % categories
    return PoiTable(
        ids=[f"p{index}" for index in range(places)],
        lat=lat,
        lon=lon,
        category=category,
        categories=[f"leaf{index}" for index in range(categories)],
        top=(category // 2).astype(np.int32),
        tops=[f"top{index}" for index in range(categories // 2 + 1)],
    )


def visits_of(rows: Iterable[tuple[int, int, int]]) -> Visits:
    """Visits from (user, place, seconds after the start), sorted by time; hours in UTC."""
    ordered = sorted(rows, key=lambda row: (row[2], row[0]))
    user, poi, after_s = (np.array([row[column] for row in ordered], np.int64) for column in range(3))
    time_s = START_S + after_s
    days = time_s // DAY_S
    return Visits(
        user=user,
        poi=poi.astype(np.int32),
        time_s=time_s,
        weekday=((days + 3) % 7).astype(np.int8),
        hour=((time_s % DAY_S) // 3600).astype(np.int8),
        trail=user * 100_000 + days,
    )


def walks(users: int, places: int, steps: int, *, seed: int = 0) -> Visits:
    """People who wander at random, some steps of them within three hours."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        now_s = int(random.integers(0, 30 * DAY_S))
        for _ in range(steps):
            rows.append((user, int(min(random.geometric(0.15) - 1, places - 1)), now_s))
            now_s += int(random.choice([1800, 5 * 3600, 2 * DAY_S]))
    return visits_of(rows)


def two_kinds_of_people(users: int, places: int, *, seed: int = 0) -> tuple[Visits, Visits]:
    """Histories and what came after them: even users go to even places alone, odd ones to odd places."""
    random = np.random.default_rng(seed)
    before, after = [], []
    for user in range(users):
        own = np.arange(user % 2, places, 2)
        chosen = random.choice(own, min(12, len(own)), replace=False)
        for step, place in enumerate(chosen):
            (before if step < 8 else after).append((user, int(place), step * DAY_S + int(user)))
    return visits_of(before), visits_of(after)
