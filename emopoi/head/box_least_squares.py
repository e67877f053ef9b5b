"""Least squares with some unknowns in a box, by active sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 25


def solve_in_box(
    matrix: NDArray[np.float64],
    right: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    start: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Minimise x' A x / 2 - b' x with low <= x <= high.

    All bounds that a free solution breaks are set at once, and all that hold an unknown back wrongly are
    let go at once (Bertsekas 1982, "Projected Newton Methods"): a few solves where there are many
    bounds. Where that runs in circles, it ends with the best point inside the box that was seen.

    Args:
        matrix: float64 (K, K), symmetric, positive definite.
        right: float64 (K,).
        low: float64 (K,), -inf where there is none.
        high: float64 (K,), inf where there is none.
        start: float64 (K,), a guess: its unknowns on a bound are tried there first.

    Returns:
        float64 (K,).
    """
    if start is None:
        start = np.clip(np.zeros_like(right), low, high)
    at_low, at_high = start <= low, start >= high
    best, best_cost = np.clip(start, low, high), np.inf
    tolerance = 1e-9 * (1.0 + float(np.abs(right).max(initial=0.0)))
    for _ in range(_ROUNDS):
        held = at_low | at_high
        values = np.where(at_low, low, np.where(at_high, high, 0.0))
        free = np.flatnonzero(~held)
        fixed = np.flatnonzero(held)
        load = right[free] - matrix[np.ix_(free, fixed)] @ values[fixed]
        values[free] = np.linalg.solve(matrix[np.ix_(free, free)], load)
        inside = np.clip(values, low, high)
        slope = matrix @ inside - right
        cost = float(inside @ (slope - right))
        if cost < best_cost:
            best, best_cost = inside, cost
        below, above = ~held & (values < low), ~held & (values > high)
        if below.any() or above.any():
            at_low, at_high = at_low | below, at_high | above
            continue
        wrong_low, wrong_high = at_low & (slope < -tolerance), at_high & (slope > tolerance)
        if not (wrong_low.any() or wrong_high.any()):
            return inside
        at_low, at_high = at_low & ~wrong_low, at_high & ~wrong_high
    return best
