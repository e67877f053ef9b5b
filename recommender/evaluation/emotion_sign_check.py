"""Does a bounded emotion term, shaped by the project's table, make ratings of places worse to predict?

South Tyrol Suggests (STS) is the one set with places, ratings and a mood told beforehand. Its place
categories are numbers without names, so the table's qualities of a place (restorative, sociable ...)
can not be looked up, and the term of the product can not be tested as it stands. What can be tested is
the half of the table that speaks of states: which qualities each state asks for. The qualities of each
category are then learned from the training folds, strongly shrunk:

    rating = user + item + category + clip(sum over qualities of asked(state, quality) x learned(category,
    quality), -bound, bound)

Two moods that the table holds for alike share what is learned, two that it holds for opposite push in
opposite ways. Beside it stands the same term without the table: one shrunk effect for each pair of mood
and category. The control gives the rows of the table to the moods in every other order: if the table
says something true of the moods, few orders do better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.emotion_sets import RATING_SETS, RIDGE, Ratings, read_ratings
from recommender.evaluation.intervals import ClusteredBootstrap
from recommender.evaluation.rating_model import Term, predict_left_out, word_term

STATE_OF_MOOD: dict[str, str] = {
    "happy": "Happy",
    "active": "Excited",
    "lazy": "Exhausted",
    "sad": "Sad",
}
"""STS moods and the nearest of the eight states: active and lazy are the high and the low of arousal."""

BOUND_STARS = 0.5
"""What the emotion term may add to a rating of 1 to 5: an eighth of the scale, up or down."""

STRONG_RIDGE = 4 * RIDGE
"""Shrinkage of the emotion term: few ratings carry a mood."""


def asked_qualities(mode: str) -> dict[str, NDArray[np.float64]]:
    """What each state asks for in the project's table.

    Args:
        mode: "lift" or "match".

    Returns:
        For each state of the table, one strength (-1..1) for each quality, in a fixed order.
    """
    from recommender.emotion_prior import RULES

    rules = [rule for rule in RULES if rule.mode == mode and rule.state]
    qualities = sorted({rule.quality for rule in RULES})
    asked = {rule.state: np.zeros(len(qualities)) for rule in rules}
    for rule in rules:
        asked[rule.state][qualities.index(rule.quality)] += rule.strength
    return asked


def table_terms(
    moods: Sequence[str | None],
    categories: Sequence[object],
    asked: Mapping[str, NDArray[np.float64]],
    state_of_mood: Mapping[str, str] = STATE_OF_MOOD,
) -> list[Term]:
    """One term for each quality: effects by category, times how much the row's state asks for it."""
    size = len(next(iter(asked.values())))
    amounts = np.zeros((len(moods), size))
    for row, mood in enumerate(moods):
        state = state_of_mood.get(mood) if mood is not None else None
        if state is not None and state in asked:
            amounts[row] = asked[state]
    told = np.abs(amounts).sum(axis=1) > 0
    code = word_term("category", [c if t else None for c, t in zip(categories, told, strict=True)], 0.0).code
    return [Term(f"quality {column}", code, amounts[:, column], STRONG_RIDGE) for column in range(size)]


def check_signs(
    ratings: Ratings,
    asked_by_mode: Mapping[str, Mapping[str, NDArray[np.float64]]],
    *,
    all_orders: bool = True,
) -> dict[str, Any]:
    """Gains of the bounded emotion term over user + item + category.

    Args:
        ratings: the STS ratings.
        asked_by_mode: `asked_qualities` for each mode to test.
        all_orders: run the control too; it takes most of the time.

    Returns:
        For JSON: rows and how they spread, `learned` (without the table) and each mode of the table, with
        `mse_gain` over all warm rows and over those with a mood, and for a mode `orders_as_good`: how many
        of the orders of the moods gain as much, the table's own included, and `orders`.
    """
    sts = RATING_SETS["sts"]
    users, moods = ratings.words[sts.user], ratings.words["mood"]
    categories = ratings.words["category1"]
    base = [ratings.term(sts.user), ratings.term(sts.item), ratings.term("category1")]
    warm = _warm(users, ratings.fold)
    told = np.array([mood is not None for mood in moods]) & warm
    before = _squared(ratings, base, [])
    bootstrap = ClusteredBootstrap(np.asarray(users)[warm])
    bootstrap_told = ClusteredBootstrap(np.asarray(users)[told])

    def gain(bounded: Sequence[Term]) -> NDArray[np.float64]:
        return before - _squared(ratings, base, bounded)

    def row(gains: NDArray[np.float64]) -> dict[str, Any]:
        overall = bootstrap.mean(gains[warm])
        return {
            "mse_gain": overall.as_dict(),
            "mse_gain_with_mood": bootstrap_told.mean(gains[told]).as_dict(),
            "not_worse": bool(overall.value >= 0.0),
            "surely_not_worse": bool(overall.low >= 0.0),
        }

    result: dict[str, Any] = {
        "bound_stars": BOUND_STARS,
        "ridge": STRONG_RIDGE,
        "rows_warm": int(warm.sum()),
        "rows_with_mood": int(told.sum()),
        "users_with_mood": len({user for user, t in zip(users, told, strict=True) if t}),
        "moods": {mood: sum(1 for value in moods if value == mood) for mood in STATE_OF_MOOD},
        "rmse_before": round(float(np.sqrt(before[warm].mean())), 4),
        "learned": row(gain([ratings.crossed("mood", "category1", STRONG_RIDGE)])),
    }
    states = list(STATE_OF_MOOD.values())
    for mode, asked in asked_by_mode.items():
        gains = gain(table_terms(moods, categories, asked))
        result[f"table_{mode}"] = row(gains)
        if not all_orders:
            continue
        orders = [dict(zip(STATE_OF_MOOD, order, strict=True)) for order in permutations(states)]
        others = [float(gain(table_terms(moods, categories, asked, order))[warm].mean()) for order in orders]
        as_good = sum(1 for other in others if other >= float(gains[warm].mean()) - 1e-9)
        result[f"table_{mode}"] |= {"orders_as_good": as_good, "orders": len(others)}
    return result


def check_signs_of_file(folder: Path, *, all_orders: bool = True) -> dict[str, Any]:
    """`check_signs` on the folder's STS file, both modes of the project's table.

    Raises:
        InputError: the file is not there or lacks a column.
    """
    sts = RATING_SETS["sts"]
    ratings = read_ratings(Path(folder) / sts.file, sts)
    asked = {mode: asked_qualities(mode) for mode in ("lift", "match")}
    return check_signs(ratings, asked, all_orders=all_orders)


def _squared(ratings: Ratings, terms: Sequence[Term], bounded: Sequence[Term]) -> NDArray[np.float64]:
    predicted = predict_left_out(ratings.rating, terms, ratings.fold, bounded=bounded, bound=BOUND_STARS)
    squared: NDArray[np.float64] = (predicted - ratings.rating) ** 2
    return squared


def _warm(users: Sequence[object], fold: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows whose user has ratings in another fold."""
    folds: dict[object, set[int]] = {}
    for user, number in zip(users, fold, strict=True):
        folds.setdefault(user, set()).add(int(number))
    return np.array([len(folds[user]) > 1 for user in users], dtype=bool)
