"""Questions for the ranking out of check-ins: where did people go next, and what could they have chosen?

What is counted and what is asked must not be of the same time: the first part of the check-ins is
counted, the rest asked, as a ranking meets it later. Of thousands of places a question keeps those
that a rough score puts first, and a few drawn from the rest that stand for all of them.
"""

from __future__ import annotations

import sys

import numpy as np

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits
from recommender.ranking.check_in_statistics import (
    NEXT_TERMS,
    CheckInStatistics,
)
from recommender.ranking.contexts import gap_context, history_context
from recommender.ranking.visitor_network import VisitorNetwork
from training.choice_model import Choices

NOT_OFFERED = np.float32(-1e9)
FIRST, DRAWN = 300, 120
_ROUGH = np.array([0.7, 0.2, 2.5, 0.5, 0.5, -0.4, -1.0, 0.3, 0.5, 0.3, 0.3, 0.3], np.float32)
"""Which places a question keeps; the weights themselves are learned."""


def split_in_time(visits: Visits, counted: float) -> tuple[Visits, Visits]:
    """The first part, to count, and the rest, to ask.

    Args:
        visits: sorted by time.
        counted: share of the first part.
    """
    cut = int(len(visits) * counted)
    return visits.take(slice(0, cut)), visits.take(slice(cut, len(visits)))


def next_choices(
    counted: Visits, asked: Visits, pois: PoiTable, *, keep: float = 0.6, seed: int = 0
) -> tuple[Choices, Choices]:
    """Questions for the next place: repeats included, and new places alone.

    Args:
        counted: visits before.
        asked: visits after; a person's own history grows along.
        pois: the places.
        keep: share of the questions that is kept.
        seed: of the draw.

    Raises:
        InputError: there are too few places to choose among.
    """
    if len(pois) <= FIRST:
        raise InputError(f"more than {FIRST} places were expected, the check-ins have {len(pois)}")
    statistics = CheckInStatistics.learn(counted, pois)
    random = np.random.default_rng(seed)
    histories = OwnHistories(counted, asked)
    stands_for = np.float32(np.log((len(pois) - FIRST) / DRAWN))
    out = np.zeros((len(NEXT_TERMS), len(pois)), np.float32)
    rows: dict[bool, list] = {False: [], True: []}
    for index in range(len(asked)):
        history = histories.before(index)
        target = int(asked.poi[index])
        if random.random() > keep or statistics.count[target] == 0:
            continue
        if index % 2000 == 0:
            print(f"questions: {index} of {len(asked)}", file=sys.stderr, flush=True)
        time_s = int(asked.time_s[index])
        terms = statistics.next_terms(
            history, int(asked.weekday[index]), int(asked.hour[index]), time_s, out=out
        )
        rough = _ROUGH @ terms
        first = np.argpartition(-rough, FIRST)[:FIRST]
        drawn = random.integers(0, len(pois), DRAWN)
        places = np.concatenate([[target], first[first != target][: FIRST - 1], drawn])
        offset = np.zeros(len(places), np.float32)
        offset[FIRST:] = stands_for
        offset[FIRST:][np.isin(drawn, first) | (drawn == target)] = NOT_OFFERED
        row = (
            terms[:, places].T.astype(np.float16),
            offset,
            gap_context(history.time_s, time_s),
            history_context(len(history)),
        )
        rows[False].append(row)
        if target not in history.poi:
            known = np.isin(places, history.poi)
            rows[True].append((row[0], np.where(known, NOT_OFFERED, offset), *row[2:]))
    return stacked(rows[False]), stacked(rows[True])


def list_choices(counted: Visits, asked: Visits, pois: PoiTable, *, networks: int) -> Choices:
    """Questions for the list of new places: one a person, all places with 5 check-ins offered.

    Args:
        counted: visits before.
        asked: visits after.
        pois: the places.
        networks: how many `VisitorNetwork`s are averaged.
    """
    statistics = CheckInStatistics.learn(counted, pois)
    fitted = [VisitorNetwork(seed=seed).fit(counted, pois) for seed in range(networks)]
    offered = np.flatnonzero(statistics.count >= 5)
    position = np.full(len(pois), -1)
    position[offered] = np.arange(len(offered))
    now_s = int(counted.time_s[-1])
    own, later = counted.by_user(), asked.by_user()
    terms, wanted, offsets, gaps, histories = [], [], [], [], []
    for user in np.intersect1d(own.user, later.user):
        history = own.take(slice(*np.searchsorted(own.user, [user, user + 1])))
        future = later.poi[slice(*np.searchsorted(later.user, [user, user + 1]))]
        new = position[np.setdiff1d(future, history.poi)]
        new = new[new >= 0]
        if len(new) == 0:
            continue
        network = np.mean([one.scores(history, now_s) for one in fitted], axis=0)
        terms.append(statistics.list_terms(history, network)[:, offered].T.astype(np.float16))
        target = np.zeros(len(offered), np.float32)
        target[new] = 1 / len(new)
        offset = np.zeros(len(offered), np.float32)
        visited = position[history.poi]
        offset[visited[visited >= 0]] = NOT_OFFERED
        wanted.append(target)
        offsets.append(offset)
        gaps.append(gap_context(history.time_s, now_s))
        histories.append(history_context(len(history)))
    return Choices(
        np.stack(terms),
        np.stack(wanted),
        np.stack(offsets),
        np.array(gaps, np.int32),
        np.array(histories, np.int32),
    )


class OwnHistories:
    """What a person had visited before each of the questions."""

    def __init__(self, counted: Visits, asked: Visits):
        both = Visits(
            *(np.concatenate([getattr(counted, name), getattr(asked, name)]) for name in Visits.__slots__)
        )
        order = np.argsort(both.user, kind="stable")
        self._visits = both.take(order)
        row = np.empty(len(order), np.int64)
        row[order] = np.arange(len(order))
        self._row = row[len(counted) :]
        starts = np.r_[True, np.diff(self._visits.user) != 0]
        self._first = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))

    def before(self, index: int) -> Visits:
        """The history at one question."""
        row = int(self._row[index])
        return self._visits.take(slice(int(self._first[row]), row))


def stacked(rows: list) -> Choices:
    """Questions from rows of (terms, offset, gap, history); the first alternative was chosen.

    Raises:
        InputError: there are none.
    """
    if not rows:
        raise InputError("no check-in after the counted ones goes to a place that was counted")
    terms, offset, gap, history = zip(*rows, strict=True)
    wanted = np.zeros((len(rows), terms[0].shape[0]), np.float32)
    wanted[:, 0] = 1.0
    return Choices(
        np.stack(terms),
        wanted,
        np.stack(offset).astype(np.float32),
        np.array(gap, np.int32),
        np.array(history, np.int32),
    )
