"""Least squares in a box, against scipy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from emopoi.head.box_least_squares import solve_in_box


@given(seed=st.integers(0, 10_000), count=st.integers(1, 25), free=st.integers(0, 5))
def test_it_is_the_optimum(seed, count, free):
    random = np.random.default_rng(seed)
    design = random.normal(size=(count + 5, count)) * random.uniform(0.1, 3, count)
    told = random.normal(size=count + 5) * 2
    low, high = np.zeros(count), np.ones(count)
    low[:free], high[:free] = -np.inf, np.inf
    matrix, right = design.T @ design, design.T @ told
    found = solve_in_box(matrix, right, low, high)
    assert (found >= low).all() and (found <= high).all()
    cost = 0.5 * found @ matrix @ found - right @ found
    best = lsq_linear(design, told, (low, high), tol=1e-12).x
    assert cost <= 0.5 * best @ matrix @ best - right @ best + 1e-6 * (1 + abs(cost))


@given(seed=st.integers(0, 1000))
def test_where_it_starts_changes_nothing(seed):
    random = np.random.default_rng(seed)
    design = random.normal(size=(20, 12))
    matrix, right = design.T @ design, design.T @ random.normal(size=20) * 3
    low, high = np.zeros(12), np.ones(12)
    plain = solve_in_box(matrix, right, low, high)
    again = solve_in_box(matrix, right, low, high, random.uniform(size=12).round())
    np.testing.assert_allclose(again, plain, atol=1e-8)


def test_without_bounds_it_is_the_plain_solution():
    matrix, right = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, -3.0])
    unbounded = np.full(2, np.inf)
    np.testing.assert_allclose(
        solve_in_box(matrix, right, -unbounded, unbounded), np.linalg.solve(matrix, right)
    )
