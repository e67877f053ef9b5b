import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.rigid_motion import rigid_motion
from emopoi.head.skinning import rotation_matrices

TURNS = st.tuples(*[st.floats(-1.8, 1.8)] * 3).map(np.array)


@given(TURNS, st.integers(0, 2**32 - 1))
def test_the_motion_that_was_made_is_found(turn, seed):
    generator = np.random.default_rng(seed)
    points, shift = generator.normal(0, 3, (20, 3)), generator.normal(0, 3, 3)
    rotation = rotation_matrices(turn)
    found, moved = rigid_motion(points, points @ rotation.T + shift)
    np.testing.assert_allclose(found, rotation, atol=1e-9)
    np.testing.assert_allclose(moved, shift, atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_it_never_mirrors(seed):
    points = np.random.default_rng(seed).normal(0, 1, (10, 3))
    rotation, _ = rigid_motion(points, points * [-1, 1, 1])
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) > 0.99
