"""Metrics of rankings, one plain function each.

A rank is 1 for the best place. Ties are broken against the method: the rank of a place is the number
of places that score at least as high (`pessimistic_rank`), so that a method which gives every place the
same score finds nothing. A target that could not be ranked has the rank infinity: a miss.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pessimistic_rank(scores: NDArray[np.floating], target: int) -> int:
    """Rank of one place, all that score the same before it.

    Args:
        scores: float (P,), higher is better; NaN counts as the worst.
        target: row of the place.

    Returns:
        1 to P.
    """
    score = scores[target]
    if np.isnan(score):
        return len(scores)
    return int(np.count_nonzero(scores >= score))


def pessimistic_ranks(scores: NDArray[np.floating], targets: NDArray[np.integer]) -> NDArray[np.float64]:
    """Ranks of several places in one ranking, each as in `pessimistic_rank`; float64 (T,)."""
    worst_first = np.sort(np.where(np.isnan(scores), -np.inf, scores))
    wanted = np.where(np.isnan(scores[targets]), -np.inf, scores[targets])
    return (len(scores) - np.searchsorted(worst_first, wanted, side="left")).astype(np.float64)


def hits_at(ranks: ArrayLike, k: int) -> NDArray[np.float64]:
    """1.0 where the rank is at most `k`, else 0.0."""
    return (np.asarray(ranks, dtype=np.float64) <= k).astype(np.float64)


def reciprocal(ranks: ArrayLike) -> NDArray[np.float64]:
    """1 / rank, 0.0 for a miss."""
    return 1.0 / np.asarray(ranks, dtype=np.float64)


def accuracy_at(ranks: ArrayLike, k: int) -> float:
    """Share of targets among the first `k`, 0..1; NaN without targets."""
    return _mean(hits_at(ranks, k))


def mrr(ranks: ArrayLike) -> float:
    """Mean reciprocal rank over the whole ranking, 0..1; NaN without targets."""
    return _mean(reciprocal(ranks))


def recall_at(ranks: ArrayLike, k: int) -> float:
    """Share of one user's relevant places among the first `k`.

    Args:
        ranks: rank of every relevant place in this user's list.
        k: length of the list.

    Returns:
        0..1, over all relevant places, even where there are more than `k`; NaN without any.
    """
    return _mean(hits_at(ranks, k))


def ndcg_at(ranks: ArrayLike, k: int) -> float:
    """Normalised discounted cumulative gain of one user's list, places relevant or not.

    Jarvelin & Kekalainen (2002), discount 1 / log2(1 + rank); the ideal list has the relevant places
    first.

    Returns:
        0..1; NaN without relevant places.
    """
    values = np.asarray(ranks, dtype=np.float64)
    if not values.size:
        return float("nan")
    within = values[values <= k]
    ideal = np.arange(1, min(len(values), k) + 1)
    return float(np.sum(1.0 / np.log2(1.0 + within)) / np.sum(1.0 / np.log2(1.0 + ideal)))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")
