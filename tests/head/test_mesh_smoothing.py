import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.mesh_smoothing import mesh_edges, smoothed
from tests.head.made_heads import small_head

FACES = np.array([[0, 1, 2], [2, 1, 3]])


def test_each_edge_comes_once():
    assert mesh_edges(FACES).tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]


def test_one_step_by_hand():
    assert smoothed(np.array([4.0, 0, 0, 0, 9]), FACES, 1).tolist() == [2.0, 2 / 3, 2 / 3, 0, 9]
    columns = smoothed(np.array([[4.0, 0], [0, 0], [0, 0], [0, 4], [9, 9]]), FACES, 1, keep=0.0)
    np.testing.assert_allclose(columns, [[0, 0], [4 / 3, 4 / 3], [4 / 3, 4 / 3], [0, 0], [9, 9]])


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_range_shrinks_and_constants_stay(seed, steps):
    head = small_head()
    values = np.random.default_rng(seed).normal(0, 1, len(head.v_template))
    even = smoothed(values, head.f, steps)
    assert values.min() <= even.min() and even.max() <= values.max()
    assert even.std() < values.std()
    np.testing.assert_allclose(smoothed(np.full(len(values), 3.0), head.f, steps), 3.0)
