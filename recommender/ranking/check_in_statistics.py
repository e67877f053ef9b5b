"""What the check-ins of a region say about its places, and the terms made of it for one person.

Counts, ways from place to place, hours, and which places the same people visit. All of it is counted
once (`CheckInStatistics.learn`); a question about a person then costs a few sparse rows and about a
millisecond for 15,000 places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.check_ins import PoiTable, Visits
from recommender.distance import EARTH_RADIUS_M
from recommender.ranking.contexts import HOUR_BINS, hour_bin

NEXT_TERMS = (
    "popularity", "transition", "visits", "recency", "hour_habit", "distance", "same_place", "taste",
    "similar_places", "area", "place_hour", "own_transition",
)  # fmt: skip
"""Terms of the next place, see `CheckInStatistics.next_terms`."""

LIST_TERMS = (
    "visitors", "similar_visitors", "neighbours", "area", "last_area", "taste", "broad_taste", "place_hour",
    "similar_places",
)  # fmt: skip
"""Terms of the list of new places, see `CheckInStatistics.list_terms`."""

_WAY_S = 3 * 3600
_NEAREST_HISTORY = 60


@dataclass(frozen=True)
class CheckInStatistics:
    """Counts over one region's check-ins; P places in the order of their codes.

    Attributes:
        count: float32 (P,) check-ins.
        visitors: float32 (P,) different users.
        share: float32 (P,) share of all check-ins, a little for places without any.
        category: int (P,) finest category.
        top: int (P,) top category.
        category_share: float32 (C,) share of check-ins.
        top_share: float32 (T,).
        place_hour: float32 (14, P) log ratio of a place's share of a part of the week to the usual one,
            drawn to that of its category where a place has few check-ins.
        ways: sparse (P, P), how often the next check-in within three hours was there.
        ways_out: float32 (P,) row sums of `ways`.
        similar: sparse (P, P), cosine of the places' visitors, users with many places counting less.
        xyz: float32 (P, 3) metres from the middle of the places, zeros where the position is not known.
            From there and not from the middle of the Earth: in float32, products of positions on a unit
            sphere tell apart only places that are more than two kilometres from each other.
        located: bool (P,).
        user_code: user -> row of `visited` and `home`.
        visited: sparse (U, P), 1 where a user has been.
        home: float32 (U, 3), mean position of a user's check-ins as in `xyz`, infinite where not known.
    """

    count: NDArray[np.float32]
    visitors: NDArray[np.float32]
    share: NDArray[np.float32]
    category: NDArray[np.int32]
    top: NDArray[np.int32]
    category_share: NDArray[np.float32]
    top_share: NDArray[np.float32]
    place_hour: NDArray[np.float32]
    ways: sparse.csr_matrix
    ways_out: NDArray[np.float32]
    similar: sparse.csr_matrix
    xyz: NDArray[np.float32]
    located: NDArray[np.bool_]
    user_code: dict[int, int]
    visited: sparse.csr_matrix
    home: NDArray[np.float32]

    @classmethod
    def learn(cls, visits: Visits, pois: PoiTable) -> CheckInStatistics:
        """Count.

        Args:
            visits: sorted by time.
            pois: the places; codes of `visits` are its rows.
        """
        places = len(pois)
        count = np.bincount(visits.poi, minlength=places).astype(np.float32)
        share = (count + 0.1) / (count + 0.1).sum()
        category_count = np.bincount(pois.category, weights=count, minlength=len(pois.categories))
        top_count = np.bincount(pois.top, weights=count, minlength=len(pois.tops))
        xyz, located = _on_the_sphere(pois.lat, pois.lon)
        users, user_row = np.unique(visits.user, return_inverse=True)
        visited = sparse.csr_matrix(
            (np.ones(len(visits), np.float32), (user_row, visits.poi)), shape=(len(users), places)
        )
        visited.data[:] = 1.0
        ways = _ways(visits, places)
        return cls(
            count=count,
            visitors=np.asarray(visited.sum(axis=0)).ravel().astype(np.float32),
            share=share.astype(np.float32),
            category=pois.category,
            top=pois.top,
            category_share=((category_count + 0.5) / (category_count + 0.5).sum()).astype(np.float32),
            top_share=((top_count + 0.5) / (top_count + 0.5).sum()).astype(np.float32),
            place_hour=_place_hour(visits, pois, count),
            ways=ways,
            ways_out=np.asarray(ways.sum(axis=1)).ravel().astype(np.float32),
            similar=_similar(visited),
            xyz=xyz,
            located=located,
            user_code={int(user): row for row, user in enumerate(users)},
            visited=visited,
            home=_homes(visits, user_row, len(users), xyz, located),
        )

    def next_terms(
        self, history: Visits, weekday: int, hour: int, time_s: int, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Terms of every place as the next one.

        popularity      log of the check-ins
        transition      log ratio: how often people go there from the last place
        visits          log of the person's own visits
        recency         the same with a half-life of ten days
        hour_habit      the same, visits in this part of the day alone
        distance        log of the way from the last place in units of 300 m
        same_place      it is the last place
        taste           log ratio: the person's share of this category
        similar_places  places that share visitors with those where the person was
        area            log density of the person's places around it (1 and 5 km)
        place_hour      log ratio: how usual the place is in this part of the week
        own_transition  log of the person's own ways from the last place to it

        Args:
            history: the person's visits so far, in the order of time.
            weekday: local, of the visit to come.
            hour: local.
            time_s: seconds since 1970, UTC.
            out: an array to fill, float32 (12, P), for callers that ask often.

        Returns:
            float32 (12, P), in the order of `NEXT_TERMS`.
        """
        terms = np.zeros((len(NEXT_TERMS), len(self.count)), np.float32) if out is None else out
        terms[1:] = 0.0
        part = int(hour_bin(weekday, hour))
        terms[0] = np.log(self.count + 0.3)
        terms[10] = self.place_hour[part]
        if len(history) == 0:
            return terms
        codes, last = history.poi, int(history.poi[-1])
        counts = np.bincount(codes, minlength=len(self.count))
        own = np.flatnonzero(counts)
        terms[1] = self._log_ratio(self.ways, self.ways_out, last)
        terms[2, own] = np.log1p(counts[own])
        fading = np.bincount(codes, weights=0.5 ** ((time_s - history.time_s) / (10 * 86400)))
        terms[3, own] = np.log1p(3 * fading[own])
        alike = hour_bin(history.weekday, history.hour) % 7 == part % 7
        terms[4, own] = np.log1p(np.bincount(codes[alike], minlength=len(counts))[own])
        if self.located[last]:
            terms[5] = self._fill_unlocated(np.log1p(_metres_to(self.xyz, self.xyz[last]) / 300))
        terms[6, last] = 1.0
        terms[7] = self._taste(codes, self.category, self.category_share, 6.0)
        terms[8] = self._similar_to(own)
        terms[9] = self._area(counts, own, fading)
        onward = codes[1:][codes[:-1] == last]
        if len(onward):
            terms[11] = np.log1p(np.bincount(onward, minlength=len(counts)))
        return terms

    def list_terms(self, history: Visits, network_scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Terms of every place for a list of new places, whatever the hour.

        visitors          log of the different users
        similar_visitors  what `VisitorNetwork` says
        neighbours        log ratio: visitors who live near (their check-ins' middle within about 2 km)
        area, last_area   log density of the person's places, of the last five places
        taste, broad_taste  log ratio of the person's share of the category, of the top category
        place_hour        how the place's hours go with the person's
        similar_places    as in `next_terms`

        Args:
            history: the person's visits, at least one.
            network_scores: float32 (P,), centred on 0 for a place as popular as it is.

        Returns:
            float32 (9, P), in the order of `LIST_TERMS`.
        """
        codes = history.poi
        counts = np.bincount(codes, minlength=len(self.count))
        own = np.flatnonzero(counts)
        recent = np.unique(codes[-5:])
        parts = np.bincount(hour_bin(history.weekday, history.hour), minlength=HOUR_BINS) / len(codes)
        terms = np.zeros((len(LIST_TERMS), len(self.count)), np.float32)
        terms[0] = np.log(self.visitors + 0.3)
        terms[1] = network_scores
        terms[2] = self._neighbours(history)
        terms[3] = self._area(counts, own, counts)
        terms[4] = self._area(np.ones_like(counts), recent, counts)
        terms[5] = self._taste(codes, self.category, self.category_share, 6.0)
        terms[6] = self._taste(codes, self.top, self.top_share, 4.0)
        terms[7] = parts.astype(np.float32) @ self.place_hour
        terms[8] = self._similar_to(own)
        return terms

    def _log_ratio(self, matrix: sparse.csr_matrix, total: NDArray[np.float32], row: int) -> NDArray:
        found = np.zeros(len(self.count), np.float32)
        cells = slice(matrix.indptr[row], matrix.indptr[row + 1])
        found[matrix.indices[cells]] = matrix.data[cells]
        return np.log((found + 4 * self.share) / (total[row] + 4) / self.share)

    def _taste(self, codes: NDArray, kind: NDArray, share: NDArray, doubt: float) -> NDArray:
        own = np.bincount(kind[codes], minlength=len(share)).astype(np.float32)
        return np.log((own + doubt * share) / (len(codes) + doubt) / share)[kind]

    def _similar_to(self, own: NDArray) -> NDArray:
        total = np.asarray(self.similar[own].sum(axis=0)).ravel()
        return np.log1p(20 * total / np.sqrt(len(own)))

    def _kilometres(self, places: NDArray) -> NDArray[np.float32]:
        """From every place to each of some; float32 (P, len(places)), a few metres off within a town."""
        square = (self.xyz**2).sum(axis=1)
        products = self.xyz @ self.xyz[places].T
        return np.sqrt(np.maximum(square[:, None] + square[places] - 2 * products, 0)) / 1000

    def _area(self, counts: NDArray, own: NDArray, weight: NDArray) -> NDArray | float:
        own = own[self.located[own]]
        if len(own) == 0:
            return 0.0
        if len(own) > _NEAREST_HISTORY:
            own = own[np.argsort(-weight[own], kind="stable")[:_NEAREST_HISTORY]]
        share = np.log1p(counts[own]).astype(np.float32)
        share /= share.sum()
        km = self._kilometres(own)
        density = (np.exp(-km) @ share + np.exp(-km / 5) @ share) / 2
        return self._fill_unlocated(np.log(density + 0.003))

    def _neighbours(self, history: Visits) -> NDArray | float:
        places = history.poi[self.located[history.poi]]
        if len(places) == 0:
            return 0.0
        weight = np.exp(-_metres_to(self.home, self.xyz[places].mean(axis=0)) / 2000)
        own = self.user_code.get(int(history.user[0]))
        if own is not None:
            weight[own] = 0.0
        nearest = np.argpartition(-weight, min(800, len(weight) - 1))[:800]
        found = self.visited[nearest].T @ weight[nearest]
        usual = (self.visitors + 0.1) / (self.visitors + 0.1).sum()
        return np.log((found + 15 * usual) / (found.sum() + 15) / usual)

    def _fill_unlocated(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A place without a position counts as one in the middle of the ranking."""
        if not self.located.all():
            values[~self.located] = np.median(values[self.located])
        return values


def _on_the_sphere(lat: NDArray, lon: NDArray) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    located = np.isfinite(lat) & np.isfinite(lon)
    phi, lam = np.radians(np.where(located, lat, 0.0)), np.radians(np.where(located, lon, 0.0))
    xyz = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
    middle = xyz[located].mean(axis=0) if located.any() else np.zeros(3)
    return np.where(located[:, None], EARTH_RADIUS_M * (xyz - middle), 0.0).astype(np.float32), located


def _metres_to(xyz: NDArray[np.float32], point: NDArray[np.float32]) -> NDArray[np.float32]:
    """Straight through the sphere: for a town the same as along the ground."""
    return np.sqrt(((xyz - point) ** 2).sum(axis=1))


def _ways(visits: Visits, places: int) -> sparse.csr_matrix:
    own = visits.by_user()
    onward = (own.user[1:] == own.user[:-1]) & (own.time_s[1:] - own.time_s[:-1] < _WAY_S)
    cells = (own.poi[:-1][onward], own.poi[1:][onward])
    return sparse.csr_matrix((np.ones(int(onward.sum()), np.float32), cells), shape=(places, places))


def _place_hour(visits: Visits, pois: PoiTable, count: NDArray[np.float32]) -> NDArray[np.float32]:
    part = hour_bin(visits.weekday, visits.hour)
    usual = np.bincount(part, minlength=HOUR_BINS) / max(1, len(part))
    usual = np.maximum(usual, 1e-4)[:, None]
    by_category = np.zeros((HOUR_BINS, len(pois.categories)))
    np.add.at(by_category, (part, pois.category[visits.poi]), 1)
    ratio = (by_category + 20 * usual) / (by_category.sum(axis=0) + 20) / usual
    by_place = np.zeros((HOUR_BINS, len(pois)))
    np.add.at(by_place, (part, visits.poi), 1)
    expected = usual * ratio[:, pois.category]
    return np.log((by_place + 5 * expected) / (count + 5) / usual).astype(np.float32)


def _similar(visited: sparse.csr_matrix) -> sparse.csr_matrix:
    many = np.asarray(visited.sum(axis=1)).ravel()
    even = sparse.diags(1 / np.sqrt(np.maximum(many, 1))) @ visited
    together = (even.T @ even).tocsr()
    length = np.sqrt(np.maximum(together.diagonal(), 1e-6)) + 0.7
    together.setdiag(0)
    together.eliminate_zeros()
    scale = sparse.diags(1 / length)
    return (scale @ together @ scale).tocsr().astype(np.float32)


def _homes(
    visits: Visits, user_row: NDArray, users: int, xyz: NDArray[np.float32], located: NDArray[np.bool_]
) -> NDArray[np.float32]:
    total = np.zeros((users, 3))
    known = located[visits.poi]
    np.add.at(total, user_row[known], xyz[visits.poi[known]])
    many = np.bincount(user_row[known], minlength=users)[:, None]
    return np.where(many > 0, total / np.maximum(many, 1), np.inf).astype(np.float32)
