"""The next place and the new places of the test time, ranked by a model that knows the past.

One timeline for all: a model is fitted on the training visits; every test check-in is then a target, in
the order of time. A model is told the user's own history up to that moment (training and earlier test
check-ins) and the local weekday, hour and time. Other users' test check-ins are never shown. All places
with a training check-in are ranked, the target and the place where the user is among them; a target
without a training check-in is a miss.

Three views of the targets:

- all: every check-in;
- new: places where this user has not been before, ranked among all places;
- new, visited removed: the same targets, places where the user has been taken out of the ranking.

And one list per known user, made once from the training history: the ten best new places, among places
with at least five training check-ins, against the new places of the user's whole test time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits
from recommender.evaluation.metrics import ndcg_at, pessimistic_rank, pessimistic_ranks, recall_at

LIST_LENGTH = 10
KNOWN_PLACE_CHECK_INS = 5

Progress = Callable[[int, int], None]
"""Called with the number of targets done and the number of all."""


class NextPlaceModel(Protocol):
    """What can be compared.

    A model that knows better when visited places are out of the question may have a method
    `next_new_scores` with the arguments of `next_scores`: the view without visited places asks it.
    """

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Learn from the training visits, sorted by time."""

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Scores of all places as the next one, higher is better.

        Args:
            history: this user's visits so far in the order of time; none for a new user. Views of
                shared arrays: not to be written to.
            weekday: local day of the visit to come, 0 Monday.
            hour: local hour, 0..23.
            time_s: seconds since 1970 in UTC.

        Returns:
            float32 (P,), P = len(pois).
        """

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Scores of all places for the list of new places; float32 (P,).

        Args:
            history: this user's training visits in the order of time.
        """


@dataclass(frozen=True, slots=True)
class Targets:
    """What every model is asked, the same for all.

    Attributes:
        visits: training and test visits, by user, then by time.
        row: int64 (T,), row of each target in `visits`, targets in the order of time.
        first: int64 (T,), row where the user's history begins: it is `visits[first:row]`.
        new: bool (T,), the user has not been there before.
        candidates: int32 (C,), codes of the places that are ranked.
        place: int32 (T,), position of the target among `candidates`, -1 for a miss.
        list_users: for the list of new places: first row and row after the training history, int64 (U, 2).
        list_relevant: for each such user, int32 codes of the new places of the test time.
        list_candidates: int32 codes of the places that a list may have.
    """

    visits: Visits
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    new: NDArray[np.bool_]
    candidates: NDArray[np.int32]
    place: NDArray[np.int32]
    list_users: NDArray[np.int64]
    list_relevant: list[NDArray[np.int32]]
    list_candidates: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def user(self) -> NDArray[np.int64]:
        """int64 (T,), user of each target."""
        return self.visits.user[self.row]

    @property
    def list_user(self) -> NDArray[np.int64]:
        """int64 (U,), user of each list."""
        return self.visits.user[self.list_users[:, 0]]


@dataclass(frozen=True, slots=True)
class Ranks:
    """What one model made of the targets.

    Attributes:
        all: float64 (T,), rank of every target, infinity for a miss.
        without_visited: float64 (T,), rank with the visited places removed; NaN where the target is
            not new.
        recall: float64 (U,), Recall@10 of each user's list.
        ndcg: float64 (U,), NDCG@10 of each user's list.
    """

    all: NDArray[np.float64]
    without_visited: NDArray[np.float64]
    recall: NDArray[np.float64]
    ndcg: NDArray[np.float64]


def make_targets(train: Visits, test: Visits) -> Targets:
    """The targets of a test time.

    Raises:
        InputError: the test begins before the training ends (a split that is no split in time).
    """
    if len(train) == 0 or len(test) == 0:
        raise InputError("visits to learn from and to test on were expected, one of them has none")
    if train.time_s[-1] > test.time_s[0]:
        raise InputError(
            "the test visits must come after the training visits: training ends at "
            f"{_stamp(int(train.time_s[-1]))}, the test begins at {_stamp(int(test.time_s[0]))}"
        )
    both = Visits(*(np.concatenate([getattr(train, name), getattr(test, name)]) for name in Visits.__slots__))
    order = np.argsort(both.user, kind="stable")
    visits = both.take(order)
    is_test = order >= len(train)
    starts = np.flatnonzero(np.r_[True, np.diff(visits.user) != 0])
    sizes = np.diff(np.r_[starts, len(visits)])
    first_of = np.repeat(starts, sizes)

    # The first row of each pair of user and place: later ones are repeats.
    _, first_rows = np.unique(np.stack([visits.user, visits.poi.astype(np.int64)]), axis=1, return_index=True)
    new = np.zeros(len(visits), dtype=bool)
    new[first_rows] = True

    row = np.flatnonzero(is_test)
    row = row[np.argsort(order[row], kind="stable")]  # back in the order of time
    counts = np.bincount(train.poi, minlength=int(both.poi.max()) + 1)
    candidates = np.flatnonzero(counts > 0).astype(np.int32)
    place = np.searchsorted(candidates, visits.poi[row])
    place = np.where(counts[visits.poi[row]] > 0, place, -1).astype(np.int32)

    known = counts >= KNOWN_PLACE_CHECK_INS
    list_users, list_relevant = [], []
    for start, size in zip(starts, sizes, strict=True):
        own = slice(start, start + size)
        cut = start + int(np.count_nonzero(~is_test[own]))
        if not known[visits.poi[start:cut]].any():
            continue
        to_come = np.arange(cut, start + size)
        relevant = visits.poi[to_come[new[to_come] & known[visits.poi[to_come]]]]
        if len(relevant):
            list_users.append((start, cut))
            list_relevant.append(relevant)
    return Targets(
        visits=visits,
        row=row,
        first=first_of[row],
        new=new[row],
        candidates=candidates,
        place=place,
        list_users=np.array(list_users, dtype=np.int64).reshape(-1, 2),
        list_relevant=list_relevant,
        list_candidates=np.flatnonzero(known).astype(np.int32),
    )


def rank_targets(model: NextPlaceModel, targets: Targets, progress: Progress | None = None) -> Ranks:
    """Ask a fitted model about every target and every list.

    Raises:
        InputError: the model's scores have a wrong shape.
    """
    visits, candidates = targets.visits, targets.candidates
    count = len(targets)
    steps = count + len(targets.list_users)
    all_ranks, without = np.full(count, np.inf), np.full(count, np.nan)
    position = np.full(int(visits.poi.max()) + 1, -1, dtype=np.int64)
    position[candidates] = np.arange(len(candidates))
    asked_for_new = getattr(model, "next_new_scores", None)
    for index in range(count):
        if progress is not None and index % 500 == 0:
            progress(index, steps)
        place = targets.place[index]
        if targets.new[index]:
            without[index] = np.inf
        if place < 0:
            continue
        row = int(targets.row[index])
        history = visits.take(slice(int(targets.first[index]), row))
        asked = (history, int(visits.weekday[row]), int(visits.hour[row]), int(visits.time_s[row]))
        scores = _checked(model.next_scores(*asked), position)[candidates]
        all_ranks[index] = pessimistic_rank(scores, int(place))
        if targets.new[index]:
            if asked_for_new is not None:
                scores = _checked(asked_for_new(*asked), position)[candidates]
            visited = np.unique(position[history.poi])
            there = scores[visited[visited >= 0]]
            # Nothing is worse than a target that has no score.
            worse = 0 if np.isnan(scores[place]) else np.count_nonzero(~(there >= scores[place]))
            without[index] = pessimistic_rank(scores, int(place)) - (len(there) - worse)

    recall, ndcg = np.zeros(len(targets.list_users)), np.zeros(len(targets.list_users))
    listed = targets.list_candidates
    where = np.full(len(position), -1, dtype=np.int64)
    where[listed] = np.arange(len(listed))
    for index, (start, cut) in enumerate(targets.list_users):
        if progress is not None and index % 500 == 0:
            progress(count + index, steps)
        history = visits.take(slice(int(start), int(cut)))
        scores = _checked(model.top_new_scores(history), position)[listed]
        visited = where[history.poi]
        new = np.ones(len(listed), dtype=bool)
        new[visited[visited >= 0]] = False
        ranks = pessimistic_ranks(scores[new], np.cumsum(new)[where[targets.list_relevant[index]]] - 1)
        recall[index], ndcg[index] = recall_at(ranks, LIST_LENGTH), ndcg_at(ranks, LIST_LENGTH)
    if progress is not None:
        progress(steps, steps)
    return Ranks(all_ranks, without, recall, ndcg)


def _checked(scores: NDArray[np.float32], position: NDArray[np.int64]) -> NDArray[np.float32]:
    if scores.ndim != 1 or len(scores) < len(position):
        raise InputError(f"scores: shape ({len(position)},) or longer was expected, got {scores.shape}")
    return scores


def _stamp(time_s: int) -> str:
    return f"{np.datetime64(time_s, 's')}Z"
