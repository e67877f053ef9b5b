"""Which new places people with a history like this one went to later.

One hidden layer between what is known of a person (places, categories, hours, whereabouts) and the
places visited for the first time after a moment drawn at random in everybody's history: a softmax over
all places beside the logarithm of their visitors, in the spirit of Covington et al. 2016 ("Deep neural
networks for YouTube recommendations") and Liang et al. 2018 (multinomial likelihood). It is fitted
anew to each region's check-ins, in about half a minute, so it needs no more than NumPy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.check_ins import PoiTable, Visits
from recommender.ranking.contexts import HOUR_BINS, hour_bin

_GRID = 8
_GRID_WIDTH = 0.7
_LEAST_CHECK_INS = 5


class VisitorNetwork:
    """A two-layer network from histories to new places.

    Args:
        hidden: units.
        epochs: passes over the users.
        keep: share of the inputs kept at each step (dropout).
        learning_rate: of Adam, falling to zero.
        weight_decay: decoupled.
        batch: users a step.
        seed: for weights, moments and dropout.
    """

    def __init__(
        self,
        hidden: int = 32,
        epochs: int = 16,
        keep: float = 0.5,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-3,
        batch: int = 64,
        seed: int = 0,
    ):
        self.hidden, self.epochs, self.keep = hidden, epochs, keep
        self.learning_rate, self.weight_decay, self.batch, self.seed = (
            learning_rate,
            weight_decay,
            batch,
            seed,
        )
        self._weights: dict[str, NDArray[np.float32]] = {}

    def fit(self, visits: Visits, pois: PoiTable) -> VisitorNetwork:
        """Learn from everybody with at least two different places.

        Args:
            visits: sorted by time.
            pois: codes of `visits` are its rows.
        """
        self._describe(visits, pois)
        random = np.random.default_rng(self.seed)
        users = [user for user in _histories(visits) if len(np.unique(user.poi)) > 1]
        size, places = self._width, len(self.places)
        weights = {
            "into": (0.02 * random.standard_normal((size, self.hidden))).astype(np.float32),
            "hidden_bias": np.zeros(self.hidden, np.float32),
            "out": (0.02 * random.standard_normal((self.hidden, places))).astype(np.float32),
            "out_bias": np.zeros(places, np.float32),
        }
        adam = _Adam(weights, self.weight_decay)
        # A region with few people gets its steps too.
        batch = max(1, min(self.batch, len(users) // 4))
        for epoch in range(self.epochs):
            rate = self.learning_rate * (1 - epoch / self.epochs) + 1e-5
            rows = []
            for index in random.permutation(len(users)):
                row = self._example(users[index], random)
                if row is not None:
                    rows.append(row)
                if len(rows) == batch:
                    inputs, wanted, seen = (np.stack(column) for column in zip(*rows, strict=True))
                    adam.step(self._gradients(weights, inputs, wanted, seen, random), rate)
                    rows = []
        self._weights = weights
        return self

    def scores(self, history: Visits, now_s: int) -> NDArray[np.float32]:
        """How much more likely than by popularity; float32 (P,), 0 for places that are hardly known.

        Args:
            history: visits of one person, at least one.
            now_s: seconds since 1970, UTC.
        """
        weights = self._weights
        hidden = np.tanh(self._inputs(history, now_s) @ weights["into"] + weights["hidden_bias"])
        found = np.zeros(self._count, np.float32)
        found[self.places] = hidden @ weights["out"] + weights["out_bias"]
        return found

    def _describe(self, visits: Visits, pois: PoiTable) -> None:
        self._count = len(pois)
        counts = np.bincount(visits.poi, minlength=self._count)
        self.places = np.flatnonzero(counts >= _LEAST_CHECK_INS)
        self._position = np.full(self._count, -1)
        self._position[self.places] = np.arange(len(self.places))
        pairs = np.unique(np.stack([visits.user, visits.poi.astype(np.int64)]), axis=1)
        visitors = np.bincount(pairs[1], minlength=self._count)
        self._log_visitors = np.log(visitors[self.places] + 0.5).astype(np.float32)
        self._category, self._categories = pois.category, len(pois.categories)
        self._top, self._tops = pois.top, len(pois.tops)
        self._whereabouts = _whereabouts(pois.lat, pois.lon, visits.poi)
        self._width = (
            len(self.places) + self._categories + self._tops + HOUR_BINS + self._whereabouts.shape[1] + 4
        )

    def _inputs(self, history: Visits, now_s: int) -> NDArray[np.float32]:
        codes, count = history.poi, len(history)
        position = self._position[codes]
        different = len(np.unique(codes))
        span_days = (history.time_s[-1] - history.time_s[0]) / 86400
        since_days = max(0.0, (now_s - history.time_s[-1]) / 86400)
        known = np.bincount(position[position >= 0], minlength=len(self.places))
        return np.concatenate(
            [
                np.log1p(known) / np.sqrt(different),
                np.sqrt(np.bincount(self._category[codes], minlength=self._categories) / count),
                np.bincount(self._top[codes], minlength=self._tops) / count,
                np.bincount(hour_bin(history.weekday, history.hour), minlength=HOUR_BINS) / count,
                self._whereabouts[codes].mean(axis=0),
                [
                    np.log1p(count) / 3,
                    np.log1p(span_days) / 4,
                    np.log1p(different) / 3,
                    np.log1p(since_days) / 4,
                ],
            ]
        ).astype(np.float32)

    def _example(
        self, user: Visits, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]] | None:
        """What was known at a moment, and what was new after it; None where nothing was."""
        trails = np.flatnonzero(user.trail[1:] != user.trail[:-1]) + 1
        # Mostly between two outings: that is when a list of new places is asked for.
        cut = int(random.choice(trails)) if len(trails) and random.random() < 0.85 else 0
        cut = cut or int(random.integers(1, len(user)))
        before = self._position[user.poi[:cut]]
        seen = np.zeros(len(self.places), bool)
        seen[before[before >= 0]] = True
        after = np.unique(self._position[user.poi[cut:]])
        new = after[(after >= 0) & ~seen[after]]
        if len(new) == 0:
            return None
        wanted = np.zeros(len(self.places), np.float32)
        wanted[new] = 1 / len(new)
        return self._inputs(user.take(slice(0, cut)), int(user.time_s[cut])), wanted, seen

    def _gradients(
        self,
        weights: dict[str, NDArray[np.float32]],
        inputs: NDArray[np.float32],
        wanted: NDArray[np.float32],
        seen: NDArray[np.bool_],
        random: np.random.Generator,
    ) -> dict[str, NDArray[np.float32]]:
        """Of the mean cross-entropy; places where somebody has been are no candidates."""
        inputs = inputs * (random.random(inputs.shape, np.float32) < self.keep) / self.keep
        hidden = np.tanh(inputs @ weights["into"] + weights["hidden_bias"])
        kept = (random.random(hidden.shape, np.float32) < 0.8) / np.float32(0.8)
        shown = hidden * kept
        logits = shown @ weights["out"] + weights["out_bias"] + self._log_visitors
        logits[seen] = -np.inf
        logits -= logits.max(axis=1, keepdims=True)
        share = np.exp(logits)
        share /= share.sum(axis=1, keepdims=True)
        error = (share - wanted) / len(inputs)
        back = (error @ weights["out"].T) * kept * (1 - hidden**2)
        return {
            "into": inputs.T @ back,
            "hidden_bias": back.sum(axis=0),
            "out": shown.T @ error,
            "out_bias": error.sum(axis=0),
        }


class _Adam:
    """Kingma and Ba 2015, with the decay of Loshchilov and Hutter 2019."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], decay: float):
        self.weights, self.decay, self.steps = weights, decay, 0
        self.mean = {name: np.zeros_like(value) for name, value in weights.items()}
        self.square = {name: np.zeros_like(value) for name, value in weights.items()}

    def step(self, gradients: dict[str, NDArray[np.float32]], rate: float) -> None:
        self.steps += 1
        rate_now = rate * np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for name, gradient in gradients.items():
            mean, square, weight = self.mean[name], self.square[name], self.weights[name]
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            weight *= 1 - rate * self.decay
            weight -= (rate_now * mean / (np.sqrt(square) + 1e-7)).astype(np.float32)


def _histories(visits: Visits) -> list[Visits]:
    own = visits.by_user()
    starts = np.flatnonzero(np.r_[True, np.diff(own.user) != 0])
    ends = np.r_[starts[1:], len(own)]
    return [own.take(slice(int(a), int(b))) for a, b in zip(starts, ends, strict=True)]


def _whereabouts(lat: NDArray, lon: NDArray, visited: NDArray) -> NDArray[np.float32]:
    """Soft cells of a grid over the middle 96 % of the check-ins; float32 (P, 64)."""
    seen = visited[np.isfinite(lat[visited]) & np.isfinite(lon[visited])]
    if len(seen) == 0:
        return np.zeros((len(lat), 0), np.float32)
    cells = []
    for values in (lat, lon):
        low, high = np.quantile(values[seen], [0.02, 0.98])
        middles = np.linspace(low, high, _GRID)
        width = max((high - low) / (_GRID - 1), 1e-6) * _GRID_WIDTH
        cells.append(np.exp(-(((np.nan_to_num(values)[:, None] - middles) / width) ** 2) / 2))
    grid = (cells[0][:, :, None] * cells[1][:, None, :]).reshape(len(lat), -1)
    return np.where(np.isfinite(lat + lon)[:, None], grid, 0).astype(np.float32)
