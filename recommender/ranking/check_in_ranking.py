"""The learned ranking on a region's check-ins: a sum of terms whose weights were learned.

The weights come from `ranking.json` (`python -m training.train_ranking`); what the terms are made of
is counted from the check-ins it is fitted to, so the same weights serve another town.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits
from recommender.ranking.check_in_statistics import (
    LIST_TERMS,
    NEXT_TERMS,
    CheckInStatistics,
)
from recommender.ranking.contexts import gap_context, history_context
from recommender.ranking.ranking_file import ContextWeights, context_weights, read_ranking
from recommender.ranking.visitor_network import VisitorNetwork

NETWORKS = 3
"""Networks of different seeds whose scores are averaged."""

_VISITED = -1e9


class CheckInRanking:
    """Next places, repeats included or not, and lists of new places.

    Args:
        ranking: content of a ranking.json.

    Raises:
        InputError: weights are missing.
    """

    def __init__(self, ranking: dict):
        self.next = context_weights(ranking, "next", NEXT_TERMS)
        self.new = context_weights(ranking, "new", NEXT_TERMS)
        self.list = context_weights(ranking, "list", LIST_TERMS)
        self.statistics: CheckInStatistics | None = None
        self.networks: list[VisitorNetwork] = []
        self._end_s = 0
        self._terms: NDArray[np.float32] | None = None

    @classmethod
    def read(cls, path: Path | str | None = None) -> CheckInRanking:
        """With the weights of a file; None for the shipped one.

        Raises:
            InputError: the file is no ranking.
        """
        return cls(read_ranking(path))

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count the check-ins, and fit the network of similar visitors.

        Raises:
            InputError: there are no check-ins.
        """
        if len(visits) == 0:
            raise InputError("check-ins were expected, there are none")
        self.statistics = CheckInStatistics.learn(visits, pois)
        self.networks = [VisitorNetwork(seed=seed).fit(visits, pois) for seed in range(NETWORKS)]
        self._end_s = int(visits.time_s[-1])
        self._terms = np.zeros((len(NEXT_TERMS), len(pois)), np.float32)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Scores of all places as the next one; float32 (P,), see `NextPlaceModel`."""
        return self._next(self.next, history, weekday, hour, time_s)

    def next_new_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """The same where places that the person knows are out of the question."""
        scores = self._next(self.new, history, weekday, hour, time_s)
        scores[history.poi] = _VISITED
        return scores

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Scores of all places for the list of new places; float32 (P,)."""
        statistics = self._fitted()
        network = np.mean([one.scores(history, self._end_s) for one in self.networks], axis=0)
        weights = self.list.at(gap_context(history.time_s, self._end_s), history_context(len(history)))
        return weights @ statistics.list_terms(history, network)

    def _next(
        self, weights: ContextWeights, history: Visits, weekday: int, hour: int, time_s: int
    ) -> NDArray[np.float32]:
        terms = self._fitted().next_terms(history, weekday, hour, time_s, out=self._terms)
        return weights.at(gap_context(history.time_s, time_s), history_context(len(history))) @ terms

    def _fitted(self) -> CheckInStatistics:
        if self.statistics is None:
            raise InputError("the ranking was asked before it was fitted to check-ins")
        return self.statistics
