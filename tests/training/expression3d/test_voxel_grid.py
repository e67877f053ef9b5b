import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.expression3d.voxel_grid import voxel_grids

TEMPLATE = np.random.default_rng(0).uniform(-1, 1, (40, 3))


@given(st.integers(0, 1000))
@settings(max_examples=15)
def test_every_point_is_in_the_grid_once(seed):
    differences = np.random.default_rng(seed).normal(0, 0.05, (3, 40, 3)).astype(np.float32)
    grids = voxel_grids(differences, TEMPLATE, (10, 10, 6)).astype(np.float64)
    assert grids.shape == (3, 10, 10, 6, 4)
    np.testing.assert_allclose(grids[..., 0].sum(axis=(1, 2, 3)), 40, rtol=2e-3)
    np.testing.assert_allclose(grids[..., 1:].sum(axis=(1, 2, 3)), 10 * differences.sum(axis=1), atol=0.03)


def test_points_outside_stay_at_the_border_and_the_grid_is_oriented():
    far = np.full((1, 40, 3), 9.0, np.float32)
    grid = voxel_grids(far, TEMPLATE, (10, 10, 6))[0, ..., 0]
    assert grid[-1, -1, -1] > 39
    left = voxel_grids(np.tile(np.float32([-9, 0, 0]), (1, 40, 1)), TEMPLATE, (10, 10, 6))[0, ..., 0]
    assert left[0].sum() > 39
