"""Rivals of the implicit library: ALS and BPR (implicit 0.7, optional)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MissingPartError
from recommender.check_ins import PoiTable, Visits
from recommender.evaluation.rivals.item_similarity import user_place_matrix
from recommender.evaluation.rivals.popularity import Popularity


class AlternatingLeastSquares(Popularity):
    """Implicit-feedback matrix factorization by alternating least squares.

    Hu, Koren & Volinsky (2008), Collaborative filtering for implicit feedback datasets. A user's factors
    are solved anew from the history at every call, so that the rolling history counts and new users get
    some as soon as they have been anywhere.
    """

    def __init__(
        self,
        factors: int = 16,
        regularisation: float = 10.0,
        alpha: float = 0.3,
        iterations: int = 15,
        seed: int = 0,
    ) -> None:
        self.factors = factors
        self.regularisation = regularisation
        self.alpha = alpha
        self.iterations = iterations
        self.seed = seed

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Factorize the visits of users at places.

        Raises:
            MissingPartError: implicit is not installed.
        """
        als = _implicit("als").AlternatingLeastSquares
        super().fit(visits, pois)
        self._popular = (1e-6 * self.counts / (1.0 + self.counts.max())).astype(np.float32)
        matrix = user_place_matrix(visits, len(pois))
        model = als(
            factors=self.factors,
            regularization=self.regularisation,
            alpha=self.alpha,
            iterations=self.iterations,
            random_state=self.seed,
            num_threads=_threads(),
        )
        model.fit(matrix, show_progress=False)
        self._items = np.asarray(model.item_factors, dtype=np.float64)
        self._gram = self._items.T @ self._items + self.regularisation * np.eye(self.factors)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Product of the user's and the places' factors; float32 (P,)."""
        return self.top_new_scores(history)

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Product of the user's and the places' factors; popularity without a history; float32 (P,)."""
        if not len(history):
            return self.counts
        places, times = np.unique(history.poi, return_counts=True)
        own = self._items[places]
        confidence = self.alpha * times
        # Confidence is alpha x visits where the user has been and 1 elsewhere, as implicit has it.
        matrix = self._gram + (own * (confidence - 1.0)[:, None]).T @ own
        factors = np.linalg.solve(matrix, own.T @ confidence)
        return (self._items @ factors).astype(np.float32) + self._popular


class BayesianPersonalizedRanking(Popularity):
    """Matrix factorization by Bayesian personalized ranking.

    Rendle, Freudenthaler, Gantner & Schmidt-Thieme (2009), BPR: Bayesian personalized ranking from
    implicit feedback. Users without training visits get the places' biases alone; the rolling history
    does not count, because the method has no way to place a user anew.
    """

    def __init__(
        self,
        factors: int = 32,
        learning_rate: float = 0.01,
        regularisation: float = 0.01,
        iterations: int = 50,
        seed: int = 0,
    ) -> None:
        self.factors = factors
        self.learning_rate = learning_rate
        self.regularisation = regularisation
        self.iterations = iterations
        self.seed = seed

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Factorize; one thread, so that a seed gives the same factors again.

        Raises:
            MissingPartError: implicit is not installed.
        """
        bpr = _implicit("bpr").BayesianPersonalizedRanking
        super().fit(visits, pois)
        matrix = user_place_matrix(visits, len(pois))
        model = bpr(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularisation,
            iterations=self.iterations,
            random_state=self.seed,
            num_threads=1,
        )
        model.fit(matrix, show_progress=False)
        self._users = {int(user): row for row, user in enumerate(np.unique(visits.user))}
        self._user_factors = np.asarray(model.user_factors, dtype=np.float32)
        # implicit appends the place's bias as a last factor against a constant 1 of the user.
        self._item_factors = np.asarray(model.item_factors, dtype=np.float32)
        self._never = self.counts == 0
        self._visitors = matrix.getnnz(axis=0)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Product of the user's and the places' factors; float32 (P,)."""
        return self.top_new_scores(history)

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Product of the user's and the places' factors; float32 (P,)."""
        row = self._users.get(int(history.user[0])) if len(history) else None
        scores = self._item_factors[:, -1] if row is None else self._item_factors @ self._user_factors[row]
        return np.where(self._never, -np.inf, scores).astype(np.float32)


class PopularBayesianPersonalizedRanking(BayesianPersonalizedRanking):
    """The same factors, with the logarithm of the training visitors added to the scores.

    implicit draws the places that a user did not visit in proportion to their visitors, so what it
    learns is taste beside popularity: the best possible score is log p(place | user) - log p(place).
    Adding the logarithm puts back what the sampling took away.
    """

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Product of the factors + log of the visitors; float32 (P,)."""
        scores = super().top_new_scores(history)
        return (scores + np.log(np.maximum(self._visitors, 1.0))).astype(np.float32)


def _implicit(part: str) -> Any:
    """A module of implicit's processor code: the one for GPUs is not asked for."""
    try:
        import importlib

        return importlib.import_module(f"implicit.cpu.{part}")
    except ImportError as error:
        raise MissingPartError("this method needs implicit: pip install implicit==0.7.3") from error


def _threads() -> int:
    return max(1, (os.cpu_count() or 1) // 2)
