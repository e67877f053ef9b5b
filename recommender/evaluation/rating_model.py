"""A rating as a sum of shrunk effects: mean + user + item + context + emotion.

Each term is a group of effects, one for each code (a user, an item, a word of a context column); a row
without the word has no effect of that group. All effects are fitted together by ridge regression,
solved group by group (backfitting converges to the ridge solution). Koren, Bell & Volinsky (2009) for
the biases; a context column as a bias is CAMF-C of Baltrunas, Ludwig & Ricci (2011), Matrix
factorization techniques for context aware recommendation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True)
class Term:
    """One group of effects.

    Attributes:
        name: for people.
        code: int (N,), which effect a row has, -1 for none.
        amount: float64 (N,), what the effect is multiplied with (1 for a plain word).
        ridge: how many rows' worth of zeros each effect is shrunk by.
    """

    name: str
    code: NDArray[np.int64]
    amount: NDArray[np.float64]
    ridge: float


def word_term(name: str, words: Sequence[object], ridge: float) -> Term:
    """A term of a column of words; None has no effect."""
    codes: dict[object, int] = {}
    code = [-1 if word is None else codes.setdefault(word, len(codes)) for word in words]
    return Term(name, np.array(code, dtype=np.int64), np.ones(len(code)), ridge)


def predict_left_out(
    rating: NDArray[np.float64],
    terms: Sequence[Term],
    fold: NDArray[np.int64],
    *,
    bounded: Sequence[Term] = (),
    bound: float = np.inf,
    sweeps: int = 300,
    tolerance: float = 1e-4,
) -> NDArray[np.float64]:
    """Predict each fold from the others.

    Args:
        rating: float64 (N,).
        terms: groups of effects, each with N rows.
        fold: int (N,), at least two different.
        bounded: further groups of effects, fitted with the others, whose sum is clipped.
        bound: what `bounded` may add to a prediction at most, up or down.
        sweeps: rounds over the groups at most.
        tolerance: largest change of an effect in a round at which the fit is done.

    Returns:
        float64 (N,), predictions, not clipped to the scale.

    Raises:
        InputError: lengths differ, or there is only one fold.
    """
    every = [*terms, *bounded]
    for term in every:
        if len(term.code) != len(rating):
            raise InputError(f"term {term.name}: {len(rating)} rows were expected, got {len(term.code)}")
    folds = np.unique(fold)
    if len(folds) < 2:
        raise InputError("two or more folds were expected, got one")
    predicted = np.empty(len(rating))
    for left_out in folds:
        train = fold != left_out
        mean, effects = fit_effects(rating[train], [_rows(term, train) for term in every], sweeps, tolerance)
        test = ~train
        added = [contribution(_rows(term, test), effect) for term, effect in zip(every, effects, strict=True)]
        free, kept = added[: len(terms)], added[len(terms) :]
        predicted[test] = mean + sum(free) + np.clip(sum(kept), -bound, bound)
    return predicted


def fit_effects(
    rating: NDArray[np.float64], terms: Sequence[Term], sweeps: int = 300, tolerance: float = 1e-4
) -> tuple[float, list[NDArray[np.float64]]]:
    """Mean and the effects of each term that minimise squared error + ridge."""
    sizes = [int(term.code.max(initial=-1)) + 1 for term in terms]
    effects = [np.zeros(size) for size in sizes]
    chosen = [np.flatnonzero(term.code >= 0) for term in terms]
    codes = [term.code[rows] for term, rows in zip(terms, chosen, strict=True)]
    amounts = [term.amount[rows] for term, rows in zip(terms, chosen, strict=True)]
    curvature = [
        np.bincount(code, weights=amount**2, minlength=size) + term.ridge
        for code, amount, size, term in zip(codes, amounts, sizes, terms, strict=True)
    ]
    mean = float(rating.mean())
    residual = rating - mean
    for _ in range(sweeps):
        shift = float(residual.mean())
        mean, residual = mean + shift, residual - shift
        largest = abs(shift)
        for index, rows in enumerate(chosen):
            code, amount = codes[index], amounts[index]
            if not len(rows):
                continue
            pull = np.bincount(code, weights=amount * residual[rows], minlength=sizes[index])
            step = (pull - terms[index].ridge * effects[index]) / curvature[index]
            effects[index] += step
            residual[rows] -= amount * step[code]
            largest = max(largest, float(np.abs(step).max()))
        if largest < tolerance:
            break
    return mean, effects


def contribution(term: Term, effect: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a term adds to each row; nothing where its code was not met in the fit; float64 (N,)."""
    added = np.zeros(len(term.code))
    rows = np.flatnonzero((term.code >= 0) & (term.code < len(effect)))
    added[rows] = term.amount[rows] * effect[term.code[rows]]
    return added


def _rows(term: Term, rows: NDArray[np.bool_]) -> Term:
    return Term(term.name, term.code[rows], term.amount[rows], term.ridge)
