"""Alignment takes out pose, scale and place, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices
from tests.head.made_heads import small_head
from tests.head.solved_points import points_of

HEAD = small_head()


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), scale=st.floats(20, 2000))
def test_a_moved_face_is_the_same_face(seed, scale):
    random = np.random.default_rng(seed)
    alignment = PointAlignment(HEAD)
    shape = random.normal(0, 0.02, (468, 3))
    shape[HEAD.landmarks.indices] += alignment.template * (1, -1, -1)
    rotation = rotation_matrices(random.normal(0, 0.4, 3))
    one = alignment.align(100 * shape)
    other = alignment.align(scale * shape @ rotation.T + random.normal(0, 300, 3))
    np.testing.assert_allclose(other.difference, one.difference, atol=1e-5)
    assert np.abs(one.difference).max() > 1e-3


def test_the_mean_face_differs_by_nothing():
    points = points_of(HEAD, HEAD.neutral())
    aligned = PointAlignment(HEAD).align(points)
    np.testing.assert_allclose(aligned.difference, 0, atol=1e-5)
    assert aligned.scale == pytest.approx(PointAlignment(HEAD).unit, rel=1e-4)


@pytest.mark.parametrize("points", [np.zeros((468, 3)), np.full((468, 3), np.nan), np.zeros((3, 3))])
def test_bad_points(points):
    with pytest.raises(InputError, match="points"):
        PointAlignment(HEAD).align(points)
