"""The ranking of a catalogue: a sum of terms in log odds, each of which can be read and told.

    popularity, distance, type_hour, taste, type_transition, visits, recency   learned (ranking.json)
    emotion    -1.6 .. 1.6   the expression shown, shrunk by its confidence (`emotion_prior`)
    person     -0.2 .. 0.2   age and gender, off unless asked for (`person_prior`)
    feedback   -4 .. 3       what the person said about the place, and about its kind
    opening    -3 .. 0       `opening_term`
    diversity  <= 0          for every place of the same group or type already listed

A term of 0.7 doubles a place's odds against another one's. Names and opening hours are looked up for
those places only that can still win: opening and diversity never add to a score.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.catalogue.catalogue import Catalogue
from recommender.catalogue.place_table import PlaceTable
from recommender.emotion_prior import EmotionWeight, emotion_weights
from recommender.feedback.opinions import Opinions, daily_seed
from recommender.opening import OpenState
from recommender.place import Place
from recommender.ranking.contexts import HOUR_BINS, gap_context, hour_bin
from recommender.ranking.opening_term import opening_term
from recommender.ranking.person_prior import person_prior
from recommender.ranking.place_terms import PLACE_TERMS, OwnVisits, TypeTables, place_terms
from recommender.ranking.ranking_file import context_weights, number_table, read_ranking
from recommender.ranking.request import Request
from recommender.taxonomy import CODES, GROUPS, TYPES

TERMS = (*PLACE_TERMS, "emotion", "person", "feedback", "opening", "diversity")

EMOTION = float(np.log(5))
"""Bound of the emotion term: a factor of five in a place's odds."""

LIKED, DISLIKED = 2.0, -3.0
KIND = 1.0
"""Largest amount for what was said about a kind of place."""

SAME_GROUP, SAME_TYPE = -0.35, -0.35
"""For each place of the same group, and of the same type, already listed."""

BY_MAP = 0.2
"""Check-ins taught what the most visited place is worth. Prominence by map facts is no count of visits,
so it is taken at a fifth of it."""

NEAR_M = 400.0
"""Five minutes on foot: nearer than that counts alike. Check-ins cluster in malls, where the next place
is a door away; who asks where to go is ready to walk a little."""

WALKING_M_PER_MINUTE = 80.0
"""About 4.8 km/h."""

LONGEST_WAY_MINUTES = 60.0
"""Nobody walks further; beyond it, arrival is taken to be an hour after setting out."""

_CHUNK = 48
_MOST_LOOKED_UP = 2000
"""Where nearly everything is closed, no more places than this are looked at one by one."""

_GROUP_OF_TYPE = np.array([list(GROUPS).index(kind.group) for kind in TYPES.values()])

State = Callable[[str | None, datetime], OpenState]
"""Reads opening hours: (text, local time) -> state."""


@dataclass(frozen=True)
class Ranked:
    """A place with its score; `score` is the sum of `terms`.

    Attributes:
        place: the place.
        distance_m: straight line, metres.
        arrival: local time of getting there.
        open: state on arrival.
        terms: name -> log odds.
        emotion: what the expression added, with the rule that led.
    """

    place: Place
    distance_m: float
    arrival: datetime
    open: OpenState
    terms: dict[str, float]
    emotion: EmotionWeight

    @property
    def score(self) -> float:
        """Sum of the terms."""
        return sum(self.terms.values())


class PlaceRanking:
    """Ranks the places of any catalogue with learned weights.

    Args:
        data: content of a ranking.json; None reads the shipped one.

    Raises:
        InputError: weights are missing or of other terms.
    """

    def __init__(self, data: dict | None = None):
        data = read_ranking() if data is None else data
        kinds = len(CODES)
        self._everything = context_weights(data, "places.everything", PLACE_TERMS)
        self._new = context_weights(data, "places.new", PLACE_TERMS)
        self._tables = TypeTables(
            share=number_table(data, "type_share", (kinds,)),
            hour=number_table(data, "type_hour", (HOUR_BINS, kinds)),
            transition=number_table(data, "type_transition", (kinds, kinds)),
        )
        if data["places"].get("types") != list(CODES):
            raise InputError("ranking: places.types: the types of this version's taxonomy were expected")

    def rank(
        self, catalogue: Catalogue, table: PlaceTable, request: Request, state: State
    ) -> tuple[list[Ranked], bool]:
        """The best places, best first; equal scores in the order of rows.

        Args:
            catalogue: gives names and hours of the rows looked up.
            table: the candidates.
            request: the question.
            state: reads opening hours.

        Returns:
            The places, and whether the search was cut short (see `_MOST_LOOKED_UP`).
        """
        if len(table) == 0:
            return [], False
        weights = emotion_weights(request.person, request.mode)
        terms = self.terms(catalogue, table, request, weights)
        return _pick(catalogue, table, request, state, terms, weights)

    def terms(
        self,
        catalogue: Catalogue,
        table: PlaceTable,
        request: Request,
        weights: Sequence[EmotionWeight] | None = None,
    ) -> NDArray[np.float32]:
        """All terms that need no opening hours, weighted: float32 (10, N), `TERMS` without the last two."""
        weights = emotion_weights(request.person, request.mode) if weights is None else weights
        own, own_rows, liked = _own_visits(catalogue, request.opinions)
        learned = self._new if request.new_only else self._everything
        now_s = int(request.when.timestamp())
        raw = place_terms(
            table.row,
            table.type,
            _popularity(table),
            np.maximum(table.distance_m, NEAR_M),
            tables=self._tables,
            part_of_week=int(hour_bin(request.when.weekday(), request.when.hour)),
            own=own,
            time_s=now_s,
        )
        weighted = learned.at(gap_context(own.time_s, now_s), 0)[:, None] * raw
        feedback = _kind_feedback(request)[table.type] + _place_feedback(table.row, own_rows, liked)
        # Where the person has spoken about the place, the expression is not asked.
        emotion = EMOTION * np.array([weight.value for weight in weights], np.float32)[table.type]
        emotion[np.isin(table.row, own_rows[liked != 0])] = 0.0
        person = person_prior(request.person, request.use)[table.type]
        return np.concatenate([weighted, np.stack([emotion, person, feedback])]).astype(np.float32)


def _popularity(table: PlaceTable) -> NDArray[np.float32]:
    """Prominence, half of it against the other places of the type; float32 (N,), 0..`BY_MAP`.

    Encyclopedias write about statues, not about cafes, so half counts against one's own kind.
    """
    # One sort for all types: prominence is 0..1, so the types do not mix.
    key = 2.0 * table.type + table.prominence
    _, which, count = np.unique(key, return_inverse=True, return_counts=True)
    of_type = np.bincount(table.type)
    below_type = np.cumsum(of_type) - of_type
    middle = np.cumsum(count) - count / 2
    standing = (middle[which] - below_type[table.type]) / of_type[table.type]
    return (BY_MAP * (table.prominence + standing) / 2).astype(np.float32)


def _own_visits(
    catalogue: Catalogue, opinions: Opinions | None
) -> tuple[OwnVisits, NDArray[np.int64], NDArray[np.float32]]:
    """Visits in the order of time, and rows with what was said about them."""
    if opinions is None or not opinions.of_place:
        return OwnVisits.none(), np.zeros(0, np.int64), np.zeros(0, np.float32)
    said = list(opinions.of_place.items())
    rows = catalogue.rows([place_id for place_id, _ in said])
    liked = np.array([LIKED * max(o.value, 0) - DISLIKED * min(o.value, 0) for _, o in said], np.float32)
    visits = [
        (int(opinion.last_visit.timestamp()), int(row), CODES[opinion.type])
        for (_, opinion), row in zip(said, rows, strict=True)
        for _ in range(min(opinion.visits, 50))
        if opinion.last_visit is not None and opinion.type in CODES
    ]
    visits.sort()
    own = OwnVisits(
        place=np.array([row for _, row, _ in visits], np.int64),
        type=np.array([code for _, _, code in visits], np.int16),
        time_s=np.array([time_s for time_s, _, _ in visits], np.int64),
    )
    return own, rows, liked


def _kind_feedback(request: Request) -> NDArray[np.float32]:
    """One Thompson draw a day for each type that something is known about."""
    if request.opinions is None:
        return np.zeros(len(TYPES), np.float32)
    drawn = request.opinions.sample_types(daily_seed(request.opinions.person, request.when.date()))
    return np.array([KIND * drawn.get(name, 0.0) for name in TYPES], np.float32)


def _place_feedback(
    row: NDArray[np.int64], own_rows: NDArray[np.int64], liked: NDArray[np.float32]
) -> NDArray[np.float32]:
    if len(own_rows) == 0:
        return np.zeros(len(row), np.float32)
    order = np.argsort(own_rows)
    at = order[np.minimum(np.searchsorted(own_rows, row, sorter=order), len(own_rows) - 1)]
    return np.where(own_rows[at] == row, liked[at], np.float32(0.0))


def _pick(
    catalogue: Catalogue,
    table: PlaceTable,
    request: Request,
    state: State,
    terms: NDArray[np.float32],
    weights: Sequence[EmotionWeight],
) -> tuple[list[Ranked], bool]:
    """Pick one by one, each place set back by those of its kind picked before.

    Exact: a place that is not looked up yet can have no more than its base score less the setback of its
    type, so as long as the best of those looked up is above that, it is the best of all.
    """
    base = terms.sum(axis=0, dtype=np.float64)
    left = base.copy()  # of those not looked up yet, the others at minus infinity
    setbacks = np.zeros(len(CODES))
    pool: dict[int, list[tuple[float, int, Ranked]]] = {}  # by type: (-score, row, place), best first
    picked: list[Ranked] = []
    looked_up, chunk, cut_short = 0, _CHUNK, False
    most = max(_MOST_LOOKED_UP, request.top)
    while len(picked) < request.top:
        upper = left + setbacks[table.type]
        highest = upper.max()
        # Equal scores go in the order of rows.
        found = [(of_type[0][0] - setbacks[code], of_type[0][1], code) for code, of_type in pool.items()]
        best = min(found, default=(np.inf, 0, -1))
        behind = highest > -np.inf and best[:2] > (-highest, table.row[upper == highest].min())
        if behind and looked_up < most:
            part = _highest(upper, table.row, min(chunk, most - looked_up))
            fresh = _looked_up(catalogue, table, request, state, terms[:, part], part, weights)
            for index, entry in zip(part, fresh, strict=True):
                if not (request.open_only and entry.open.state == "closed"):
                    item = (-float(base[index] + entry.terms["opening"]), int(table.row[index]), entry)
                    insort(pool.setdefault(int(table.type[index]), []), item, key=lambda item: item[:2])
            left[part] = -np.inf
            looked_up += len(part)
            chunk *= 2  # where many are closed: fewer and larger questions to the catalogue
            continue
        cut_short = cut_short or behind
        if not pool:
            break
        code = best[2]
        entry = pool[code].pop(0)[2]
        if not pool[code]:
            del pool[code]
        entry.terms["diversity"] = float(setbacks[code])
        picked.append(entry)
        setbacks[_GROUP_OF_TYPE == _GROUP_OF_TYPE[code]] += SAME_GROUP
        setbacks[code] += SAME_TYPE
    return picked, cut_short


def _highest(upper: NDArray[np.float64], row: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Positions of the highest, highest first, as many as are left."""
    some = np.arange(len(upper))
    if count < len(upper):
        some = np.flatnonzero(upper >= np.partition(upper, -count)[-count])
    some = some[upper[some] > -np.inf]
    return some[np.lexsort((row[some], -upper[some]))][:count]


def _looked_up(
    catalogue: Catalogue,
    table: PlaceTable,
    request: Request,
    state: State,
    terms: NDArray[np.float32],
    chosen: NDArray[np.int64],
    weights: Sequence[EmotionWeight],
) -> list[Ranked]:
    places = catalogue.places(table.row[chosen])
    entries = []
    for column, (place, index) in enumerate(zip(places, chosen, strict=True)):
        distance_m = float(table.distance_m[index])
        arrival = _arrival(request.when, distance_m)
        open_state = state(place.opening_hours, arrival)
        values = dict(zip(TERMS, (float(value) for value in terms[:, column]), strict=False))
        values["opening"] = opening_term(open_state, place.type, arrival)
        values["diversity"] = 0.0
        entries.append(Ranked(place, distance_m, arrival, open_state, values, weights[CODES[place.type]]))
    return entries


def _arrival(when: datetime, distance_m: float) -> datetime:
    minutes = min(distance_m / WALKING_M_PER_MINUTE, LONGEST_WAY_MINUTES)
    if when.tzinfo is None:
        return when + timedelta(minutes=minutes)
    # Over a change of the clocks, minutes pass in UTC.
    return (when.astimezone(timezone.utc) + timedelta(minutes=minutes)).astimezone(when.tzinfo)
