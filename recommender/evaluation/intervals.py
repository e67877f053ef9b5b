"""Intervals by drawing users anew: rows of one user are not independent of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval.

    Attributes:
        value: mean over the rows.
        low: 2.5th percentile of the means of the draws.
        high: 97.5th percentile.
    """

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """For JSON: six decimals, None for what is not a number."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


class ClusteredBootstrap:
    """Means over rows, their spread by drawing whole clusters (users) with replacement.

    Two columns asked of the same object share the draws, so that the interval of their difference is
    that of `mean(first - second)`. Efron & Tibshirani (1993), percentile intervals.

    Args:
        clusters: cluster of each row, (N,).
        repeats: number of draws.
        seed: of the draws.
    """

    def __init__(self, clusters: ArrayLike, repeats: int = 1000, seed: int = 0) -> None:
        keys, self._cluster = np.unique(np.asarray(clusters), return_inverse=True)
        self._size = len(keys)
        generator = np.random.default_rng(seed)
        if self._size:
            drawn = generator.multinomial(self._size, np.full(self._size, 1.0 / self._size), size=repeats)
            self._drawn = drawn.astype(np.float32)
            self._rows = self._drawn @ np.bincount(self._cluster).astype(np.float32)

    def mean(self, values: ArrayLike) -> Interval:
        """Mean of a column with its interval; NaN without rows.

        Raises:
            InputError: the column's length is not that of the clusters.
        """
        column = np.asarray(values, dtype=np.float64)
        if column.shape != self._cluster.shape:
            raise InputError(f"values: shape {self._cluster.shape} was expected, got {column.shape}")
        if not self._size:
            return Interval(float("nan"), float("nan"), float("nan"))
        sums = np.bincount(self._cluster, weights=column, minlength=self._size)
        means = (self._drawn @ sums) / self._rows
        low, high = np.percentile(means, [2.5, 97.5])
        return Interval(float(column.mean()), float(low), float(high))


def _plain(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
