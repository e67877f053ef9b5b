import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emopoi.vision.boxes import containment, overlap, weighted_suppression


@st.composite
def boxes(draw, most=8):
    count = draw(st.integers(1, most))
    corners = draw(arrays.arrays(np.float64, (count, 2), elements=st.floats(-100, 500)))
    sizes = draw(arrays.arrays(np.float64, (count, 2), elements=st.floats(0.5, 300)))
    return np.concatenate([corners, corners + sizes], axis=1)


@given(boxes(), boxes())
def test_overlap_is_a_symmetric_share(first, second):
    shared = overlap(first, second)
    assert ((shared >= 0) & (shared <= 1 + 1e-9)).all()
    np.testing.assert_allclose(shared, overlap(second, first).T, atol=1e-12)
    assert (containment(first, second) >= shared - 1e-9).all()


@given(boxes())
def test_a_box_covers_itself(some):
    np.testing.assert_allclose(np.diag(overlap(some, some)), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.diag(containment(some, some)), 1.0, atol=1e-6)


def test_known_values():
    first, second = np.array([[0, 0, 10, 10]]), np.array([[5, 0, 15, 10], [2, 2, 4, 4], [20, 20, 30, 30]])
    np.testing.assert_allclose(overlap(first, second)[0], [50 / 150, 4 / 100, 0])
    np.testing.assert_allclose(containment(first, second)[0], [0.5, 1, 0])


@given(boxes(), st.randoms(use_true_random=False))
def test_suppression_does_not_depend_on_the_order(some, random):
    scores = np.linspace(0.5, 0.9, len(some))
    points = np.repeat(some[:, None, :2], 6, axis=1)
    order = list(range(len(some)))
    random.shuffle(order)
    straight = weighted_suppression(some, points, scores)
    shuffled = weighted_suppression(some[order], points[order], scores[order])
    for first, second in zip(straight, shuffled, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-9)
    assert (np.diff(straight[2]) <= 0).all()
    assert 1 <= len(straight[0]) <= len(some)


def test_suppression_blends_by_score():
    some = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]], dtype=float)
    merged, points, scores = weighted_suppression(some, some[:, None, :2], np.array([0.9, 0.3, 0.5]))
    np.testing.assert_allclose(merged, [[0.5, 0, 10.5, 10], [50, 50, 60, 60]])
    np.testing.assert_allclose(points[0], [[0.5, 0]])
    assert scores == pytest.approx([0.9, 0.5])


def test_nothing_in_nothing_out():
    merged, points, scores = weighted_suppression(np.zeros((0, 4)), np.zeros((0, 6, 2)), np.zeros(0))
    assert merged.shape == (0, 4) and points.shape == (0, 6, 2) and scores.shape == (0,)
