"""The similarity that was applied is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.similarity import similarity
from emopoi.head.skinning import rotation_matrices


@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 1000))
def test_it_is_found_again(seed, scale):
    random = np.random.default_rng(seed)
    shape = random.normal(size=(12, 3))
    rotation, place = rotation_matrices(random.normal(size=3)), random.normal(size=3) * 50
    found = similarity(shape, scale * shape @ rotation.T + place)
    np.testing.assert_allclose(found[0], rotation, atol=1e-7)
    assert found[1] == pytest.approx(scale, rel=1e-7)
    np.testing.assert_allclose(found[2], place, atol=1e-6 * (1 + scale))


def test_a_mirror_image_is_no_turn():
    shape = np.random.default_rng(0).normal(size=(9, 3))
    rotation, _, _ = similarity(shape, shape * (-1, 1, 1))
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_all_in_one_place():
    with pytest.raises(InputError, match="one place"):
        similarity(np.random.default_rng(0).normal(size=(5, 3)), np.ones((5, 3)))
