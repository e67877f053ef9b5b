"""Rivals that count: popularity, the user's most visited places, popularity near by, chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits

_EARTH_KM = 6371.0088


class Popularity:
    """Places in the order of their training check-ins, the same for everyone."""

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count."""
        self.counts = np.bincount(visits.poi, minlength=len(pois)).astype(np.float32)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Check-ins; float32 (P,)."""
        return self.counts

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Check-ins; float32 (P,)."""
        return self.counts


class MostVisited(Popularity):
    """The places where the user has been most often; after them, and for new users, popularity."""

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count."""
        super().fit(visits, pois)
        self._popular = self.counts / (1.0 + self.counts.max())

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """The user's visits, ties by popularity; float32 (P,)."""
        scores = self._popular.copy()
        np.add.at(scores, history.poi, np.float32(1.0))
        return scores


class RandomOrder:
    """Chance: another order at each call, from one seed."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Start the generator."""
        self._size = len(pois)
        self._generator = np.random.default_rng(self._seed)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Uniform numbers; float32 (P,)."""
        return self._generator.random(self._size, dtype=np.float32)

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Uniform numbers; float32 (P,)."""
        return self._generator.random(self._size, dtype=np.float32)


class PopularityNearby(Popularity):
    """Popularity times exp(-distance / scale).

    The distance is that from the last visit for the next place, and from the nearest place of the
    user's history for the list of new places. A place without coordinates counts as `unknown_km` away.

    Args:
        scale_km: distance at which a place counts 1/e.
        unknown_km: distance where one of the two places is not known.
    """

    def __init__(self, scale_km: float = 10.0, unknown_km: float = 10.0) -> None:
        self.scale_km = scale_km
        self.unknown_km = unknown_km

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count, and put the places on a plane: in one city the Earth is flat enough."""
        super().fit(visits, pois)
        lat, lon = np.radians(pois.lat), np.radians(pois.lon)
        middle = float(np.nanmedian(lat)) if np.isfinite(lat).any() else 0.0
        self._x = (_EARTH_KM * np.cos(middle) * lon).astype(np.float32)
        self._y = (_EARTH_KM * lat).astype(np.float32)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        """Popularity near the last visit; float32 (P,)."""
        if not len(history):
            return self.counts
        return self.counts * self._decay(self._distance_km(int(history.poi[-1])))

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        """Popularity near any place of the history; float32 (P,)."""
        nearest = np.full(len(self.counts), np.inf, dtype=np.float32)
        for place in np.unique(history.poi):
            np.minimum(nearest, self._distance_km(int(place)), out=nearest)
        return self.counts * self._decay(nearest) if len(history) else self.counts

    def _distance_km(self, place: int) -> NDArray[np.float32]:
        distance = np.hypot(self._x - self._x[place], self._y - self._y[place])
        return np.where(np.isnan(distance), np.float32(self.unknown_km), distance)

    def _decay(self, distance_km: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.exp(-distance_km / np.float32(self.scale_km))


class LaterPopularity(Popularity):
    """Popularity with the number of ratings of the later crawl: knows the future, to be reported apart.

    Scores are log(1 + training check-ins) + log(1 + ratings of the crawl).
    """

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        """Count, and look up.

        Raises:
            InputError: the table of places was read without the later columns.
        """
        if "total_ratings" not in pois.later:
            raise InputError(
                "a catalogue with the column 'total_ratings' was expected, read with later columns"
            )
        super().fit(visits, pois)
        later = np.log1p(np.nan_to_num(pois.later["total_ratings"]).clip(min=0.0))
        self.counts = np.where(self.counts > 0, np.log1p(self.counts) + later, 0.0).astype(np.float32)
