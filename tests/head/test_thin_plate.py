import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.thin_plate import ThinPlate

SEEDS = st.integers(0, 2**32 - 1)


def points(seed, count, scale=1.0):
    return np.random.default_rng(seed).normal(0, scale, (count, 3))


@settings(max_examples=30)
@given(SEEDS, st.integers(5, 40), st.sampled_from([1e-3, 1.0, 100.0]))
def test_sources_go_where_they_belong(seed, count, scale):
    sources, targets = points(seed, count, scale), points(seed + 1, count)
    np.testing.assert_allclose(ThinPlate(sources, targets)(sources), targets, atol=1e-6)


@settings(max_examples=30)
@given(SEEDS, st.floats(0, 10))
def test_affine_maps_are_kept_everywhere_at_any_stiffness(seed, stiffness):
    sources, others = points(seed, 20), points(seed + 1, 50, 5.0)
    linear, shift = points(seed + 2, 3), points(seed + 3, 1)
    warp = ThinPlate(sources, sources @ linear + shift, stiffness)
    np.testing.assert_allclose(warp(others), others @ linear + shift, atol=1e-6)


@settings(max_examples=20)
@given(SEEDS)
def test_units_do_not_matter(seed):
    sources, targets, others = points(seed, 20), points(seed + 1, 20), points(seed + 2, 30)
    once = ThinPlate(sources, targets, 0.3)(others)
    again = ThinPlate(100 * sources, 100 * targets, 30.0)(100 * others)
    np.testing.assert_allclose(again, 100 * once, rtol=1e-6, atol=1e-6)


def test_stiffer_follows_less_and_is_smoother():
    sources, targets = points(1, 40), points(2, 40)
    misses = [
        np.abs(ThinPlate(sources, targets, stiffness)(sources) - targets).mean()
        for stiffness in (0.0, 0.1, 1.0, 10.0)
    ]
    assert misses[0] < 1e-9 and (np.diff(misses) > 0.01).all()


@pytest.mark.parametrize(
    ("sources", "targets", "stiffness", "told"),
    [
        (np.zeros((3, 3)), np.zeros((3, 3)), 0, "4 points"),
        (np.eye(3)[[0, 1, 0, 1, 0]], np.zeros((5, 3)), 0, "4 points"),
        (points(0, 20) * [1, 1, 0], np.zeros((20, 3)), 0, "not in one plane"),
        (points(0, 5), np.zeros((4, 3)), 0, r"got \(5, 3\), \(4, 3\)"),
        (points(0, 5), np.full((5, 3), np.nan), 0, "not finite"),
        (points(0, 5), np.zeros((5, 3)), -1, "stiffness"),
        (points(0, 9)[[0, 1, 2, 3, 4, 0]], points(1, 6), 0, "the same"),
    ],
)
def test_what_can_not_be_fitted_is_refused(sources, targets, stiffness, told):
    with pytest.raises(InputError, match=told):
        ThinPlate(sources, targets, stiffness)
