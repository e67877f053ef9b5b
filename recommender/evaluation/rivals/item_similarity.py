"""Rivals that learn which places have the same visitors: item neighbours and EASE."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MissingPartError
from recommender.check_ins import PoiTable, Visits
from recommender.evaluation.rivals.popularity import Popularity


def user_place_matrix(visits: Visits, size: int, places: NDArray[np.integer] | None = None) -> Any:
    """Who has been where.

    Args:
        visits: training visits.
        size: number of all places.
        places: codes of the places that are columns, or None for all.

    Returns:
        scipy CSR float32 (users, places), number of visits; users in the order of their keys.

    Raises:
        MissingPartError: scipy is not installed.
    """
    try:
        from scipy import sparse
    except ImportError as error:
        raise MissingPartError("this method needs scipy: pip install scipy") from error
    users, user = np.unique(visits.user, return_inverse=True)
    ones = np.ones(len(visits), dtype=np.float32)
    matrix = sparse.csr_matrix((ones, (user, visits.poi)), shape=(len(users), size))
    return matrix if places is None else matrix[:, places]


class _ItemScores(Popularity):
    """Places with enough check-ins scored by weights from the places of the history; the rest behind."""

    minimum = 5
    _weights: NDArray[np.float32]

    def _fit_places(self, visits: Visits, pois: PoiTable) -> Any:
        super().fit(visits, pois)
        places = np.flatnonzero(self.counts >= self.minimum)
        if not len(places):  # a made or very small set: all that was seen
            places = np.flatnonzero(self.counts)
        self._places = places
        self._row = np.full(len(pois), -1, dtype=np.int64)
        self._row[places] = np.arange(len(places))
        # Behind every scored place: in the order of popularity, below any score that occurs.
        self._behind = np.float32(-1e6) + self.counts
        self._popular = (1e-6 * self.counts / (1.0 + self.counts.max()))[places].astype(np.float32)
        matrix = user_place_matrix(visits, len(pois), places)
        matrix.data[:] = 1.0
        return matrix

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Sum of the weights from the places of the history; float32 (P,)."""
        return self.top_new_scores(history)

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Sum of the weights from the places of the history; float32 (P,)."""
        rows = self._row[np.unique(history.poi)]
        rows = rows[rows >= 0]
        if not len(rows):
            return self.counts
        scores = self._behind.copy()
        scores[self._places] = self._weights[rows].sum(axis=0) + self._popular
        return scores


class ItemNeighbours(_ItemScores):
    """Cosine of the sets of visitors.

    Sarwar, Karypis, Konstan & Riedl (2001), Item-based collaborative filtering recommendation
    algorithms.

    Args:
        neighbours: how many most similar places of each place count, None for all.
    """

    def __init__(self, neighbours: int | None = None) -> None:
        self.neighbours = neighbours

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Cosines."""
        matrix = self._fit_places(visits, pois)
        gram = np.asarray((matrix.T @ matrix).todense(), dtype=np.float32)
        norm = np.sqrt(np.maximum(np.diag(gram), 1.0))
        similarity = gram / norm[:, None] / norm[None, :]
        np.fill_diagonal(similarity, 0.0)
        if self.neighbours is not None and self.neighbours < len(similarity):
            # Column by column: the places that speak for this one.
            bound = np.partition(similarity, -self.neighbours, axis=0)[-self.neighbours]
            similarity[similarity < bound[None, :]] = 0.0
        self._weights = similarity


class Ease(_ItemScores):
    """EASE: linear weights between places in closed form, the diagonal zero.

    Steck (2019), Embarrassingly shallow autoencoders for sparse data, WWW.

    Args:
        regularisation: added to the diagonal of the Gram matrix.
    """

    def __init__(self, regularisation: float = 1000.0) -> None:
        self.regularisation = regularisation

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """One inverse of a matrix of the places with enough check-ins."""
        matrix = self._fit_places(visits, pois)
        gram = np.asarray((matrix.T @ matrix).todense(), dtype=np.float64)
        gram[np.diag_indices_from(gram)] += self.regularisation
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)[None, :]
        np.fill_diagonal(weights, 0.0)
        self._weights = weights.astype(np.float32)
