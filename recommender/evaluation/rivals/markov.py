"""Rivals that look at the order of visits: first-order Markov, and a mix with habits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.check_ins import PoiTable, Visits
from recommender.evaluation.rivals.popularity import Popularity

_DAYPARTS = 4
_DAY_S = 86_400.0


class Markov(Popularity):
    """How often a place came next after the last one, over all users; ties by popularity.

    Every pair of successive check-ins of a user counts, however far apart in time. A last place that was
    never left in training, and no last place at all, leave popularity alone.
    """

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count pairs, stored by the first place."""
        super().fit(visits, pois)
        self._popular = self.counts / (1.0 + self.counts.max())
        rows = visits.by_user()
        same = rows.user[1:] == rows.user[:-1]
        left, arrived = rows.poi[:-1][same].astype(np.int64), rows.poi[1:][same].astype(np.int64)
        pairs, counts = np.unique(left * len(pois) + arrived, return_counts=True)
        self._arrived = pairs % len(pois)
        self._pair_counts = counts.astype(np.float32)
        self._starts = np.searchsorted(pairs // len(pois), np.arange(len(pois) + 1))

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Successions after the last place; float32 (P,)."""
        scores = self._popular.copy()
        if len(history):
            rows = self._after(int(history.poi[-1]))
            scores[self._arrived[rows]] += self._pair_counts[rows]
        return scores

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Successions after any place of the history, each visit counted; float32 (P,)."""
        scores = self._popular.copy()
        places, times = np.unique(history.poi, return_counts=True)
        for place, count in zip(places, times, strict=True):
            rows = self._after(int(place))
            scores[self._arrived[rows]] += count * self._pair_counts[rows]
        return scores

    def _after(self, place: int) -> slice:
        return slice(int(self._starts[place]), int(self._starts[place + 1]))


class Mix(Markov):
    """User's visits + the same at this part of the day + how recent + Markov + popularity.

    Each term is a share: of the user's visits, of those in the same six hours of the day, of visits
    weighted by exp(-age / `recency_days`), of the successions after the last place, of all check-ins.
    The weights are set by hand.
    """

    def __init__(
        self,
        user: float = 1.0,
        daypart: float = 1.0,
        recency: float = 0.5,
        markov: float = 0.5,
        popularity: float = 0.5,
        recency_days: float = 14.0,
    ) -> None:
        self.weights = {
            "user": user,
            "daypart": daypart,
            "recency": recency,
            "markov": markov,
            "popularity": popularity,
        }
        self.recency_days = recency_days

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count."""
        super().fit(visits, pois)
        self._share = (self.weights["popularity"] * self.counts / self.counts.sum()).astype(np.float32)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """The sum of the terms; float32 (P,)."""
        scores = self._share.copy()
        if not len(history):
            return scores
        part = hour * _DAYPARTS // 24
        here = history.hour.astype(np.int64) * _DAYPARTS // 24 == part
        age_days = (time_s - history.time_s) / _DAY_S
        fresh = np.exp(-age_days / self.recency_days)
        weight = np.full(len(history), self.weights["user"] / len(history))
        weight += self.weights["daypart"] * here / max(1, np.count_nonzero(here))
        weight += self.weights["recency"] * fresh / max(fresh.sum(), 1e-9)
        np.add.at(scores, history.poi, weight.astype(np.float32))
        rows = self._after(int(history.poi[-1]))
        followers = self._pair_counts[rows]
        if len(followers):
            scores[self._arrived[rows]] += np.float32(self.weights["markov"]) * followers / followers.sum()
        return scores
