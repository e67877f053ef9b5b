"""Questions out of check-ins for the ranking of a catalogue that has no check-ins of its own.

A place is told by its type, how known it is and how far it is; what the person did before, by type.
How far is known only within two hours of a check-in, so only those questions speak about distance.
"""

from __future__ import annotations

import numpy as np

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits
from recommender.distance import haversine_m
from recommender.ranking.contexts import HOUR_BINS, gap_context, hour_bin
from recommender.ranking.place_terms import OwnVisits, TypeTables, place_terms
from recommender.taxonomy import CODES, type_of_foursquare
from training.check_in_choices import NOT_OFFERED, OwnHistories, stacked
from training.choice_model import Choices

DRAWN = 300
OWN_PLACES = 40


def type_codes(pois: PoiTable) -> np.ndarray:
    """int16 (P,), type of each place; places of unknown category count as services."""
    by_category = [CODES[type_of_foursquare([name]) or "services"] for name in pois.categories]
    return np.array(by_category, np.int16)[pois.category]


def type_tables(visits: Visits, types: np.ndarray) -> TypeTables:
    """What is usual, counted; drawn to "no difference" where little was seen."""
    count = len(CODES)
    of_visit = types[visits.poi]
    share = np.bincount(of_visit, minlength=count) + 0.5
    share = (share / share.sum()).astype(np.float32)
    hours = np.zeros((HOUR_BINS, count))
    np.add.at(hours, (hour_bin(visits.weekday, visits.hour), of_visit), 1)
    own = visits.by_user()
    onward = (own.user[1:] == own.user[:-1]) & (np.diff(own.time_s) < 3 * 3600)
    ways = np.zeros((count, count))
    np.add.at(ways, (types[own.poi[:-1][onward]], types[own.poi[1:][onward]]), 1)
    return TypeTables(share, _log_ratio(hours, share), _log_ratio(ways, share))


def popularity(visits: Visits, places: int) -> np.ndarray:
    """float32 (P,), 0..1: log of the check-ins, 1 for the place with most."""
    count = np.bincount(visits.poi, minlength=places)
    return (np.log1p(count) / np.log1p(count.max())).astype(np.float32)


def place_choices(
    counted: Visits, asked: Visits, pois: PoiTable, *, keep: float = 0.6, seed: int = 0
) -> tuple[Choices, Choices]:
    """Questions: repeats included, and new places alone.

    Args:
        counted: visits before.
        asked: visits after.
        pois: the places.
        keep: share of the questions that is kept.
        seed: of the draws.

    Raises:
        InputError: there are too few places to choose among.
    """
    types, known = type_codes(pois), popularity(counted, len(pois))
    tables = type_tables(counted, types)
    offered = np.flatnonzero(np.isfinite(pois.lat) & (known > 0))
    if len(offered) < DRAWN:
        raise InputError(f"{DRAWN} places with check-ins and positions were expected, got {len(offered)}")
    random = np.random.default_rng(seed)
    histories = OwnHistories(counted, asked)
    stands_for = np.float32(np.log(len(offered) / DRAWN))
    width = 1 + OWN_PLACES + DRAWN
    rows: dict[bool, list] = {False: [], True: []}
    for index in range(len(asked)):
        history, target, time_s = histories.before(index), int(asked.poi[index]), int(asked.time_s[index])
        if random.random() > keep or known[target] == 0 or not np.isfinite(pois.lat[target]):
            continue
        gap = gap_context(history.time_s, time_s)
        here = int(history.poi[-1]) if gap == 0 and np.isfinite(pois.lat[history.poi[-1]]) else -1
        if here == target:
            continue
        own_places = np.unique(history.poi[(known[history.poi] > 0) & np.isfinite(pois.lat[history.poi])])
        drawn = random.choice(offered, DRAWN, replace=False)
        drawn = drawn[(drawn != target) & ~np.isin(drawn, own_places)]
        own_places = own_places[own_places != target][:OWN_PLACES]
        places = np.concatenate([[target], own_places, drawn]).astype(np.int64)
        distance_m = np.zeros(len(places))
        if here >= 0:
            distance_m = haversine_m((pois.lat[here], pois.lon[here]), pois.lat[places], pois.lon[places])
        own = OwnVisits(history.poi.astype(np.int64), types[history.poi], history.time_s)
        terms = place_terms(
            places, types[places], known[places], distance_m,
            tables=tables, part_of_week=int(hour_bin(asked.weekday[index], asked.hour[index])),
            own=own, time_s=time_s,
        )  # fmt: skip
        filled = np.zeros((width, len(terms)), np.float16)
        filled[: len(places)] = terms.T
        offset = np.full(width, NOT_OFFERED, np.float32)
        offset[: len(places)] = stands_for
        offset[: 1 + len(own_places)] = 0.0
        offset[: len(places)][places == here] = NOT_OFFERED
        rows[False].append((filled, offset, gap, 0))
        if target not in history.poi:
            rows[True].append(
                (filled, np.where(_is_own(width, len(own_places)), NOT_OFFERED, offset), gap, 0)
            )
    return stacked(rows[False]), stacked(rows[True])


def _is_own(width: int, own: int) -> np.ndarray:
    rows = np.arange(width)
    return (rows >= 1) & (rows <= own)


def _log_ratio(counts: np.ndarray, share: np.ndarray, doubt: float = 20.0) -> np.ndarray:
    total = counts.sum(axis=1, keepdims=True)
    return np.log((counts + doubt * share) / (total + doubt) / share).astype(np.float32)
