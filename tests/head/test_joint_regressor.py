import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.joint_regressor import joint_row


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(4, 60))
def test_the_place_comes_out_and_moves_with_the_head(seed, count):
    generator = np.random.default_rng(seed)
    vertices = generator.normal(0, 5, (80, 3))
    chosen = generator.permutation(80)[:count]
    place = vertices[chosen].mean(axis=0) + generator.normal(0, 0.5, 3)
    row = joint_row(vertices, chosen, place)
    # Few vertices make for large weights of both signs.
    scale = np.abs(row).sum() * 5
    np.testing.assert_allclose(row @ vertices, place, atol=1e-5 * scale)
    assert row.sum() == pytest.approx(1, abs=1e-5 * scale)
    assert not row[np.setdiff1d(np.arange(80), chosen)].any()
    moved = 2 * vertices + [1, 2, 3]
    np.testing.assert_allclose(row @ moved, 2 * place + [1, 2, 3], atol=1e-4 * scale)


def test_a_place_in_the_middle_takes_all_alike():
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    np.testing.assert_allclose(joint_row(corners, np.arange(8), np.zeros(3)), 1 / 8, atol=1e-7)


def test_vertices_that_can_not_give_it_are_refused():
    flat = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], float)
    with pytest.raises(InputError, match="4 vertices were chosen"):
        joint_row(flat, np.arange(4), np.array([0, 0, 1.0]))
    with pytest.raises(InputError, match="0 vertices were chosen"):
        joint_row(flat, np.zeros(0, int), np.zeros(3))
