import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from emopoi.head.triangle_map import TriangleMap

PLACE = st.tuples(st.floats(-5, 45), st.floats(-5, 35))


@given(st.lists(PLACE, min_size=3, max_size=3))
def test_shares_lead_back_to_the_pixel(corners: list[tuple[float, float]]) -> None:
    places = np.array(corners)
    covered = TriangleMap(places, np.array([[0, 1, 2]]), 40, 30)
    rows, columns = np.nonzero(covered.triangles >= 0)
    shares = covered.barycentrics(rows, columns)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    assert (shares >= 0).all()
    inner = shares.min(axis=1) > 0.01
    miss = np.linalg.norm(shares @ places - np.stack([columns, rows], axis=1), axis=1)
    assert miss[inner].max(initial=0) < 1e-3


@given(st.lists(PLACE, min_size=3, max_size=3))
@example([(11.0, 0.5), (20.5, 12.0), (33.5, -2.5)])
def test_no_pixel_inside_is_left_out(corners: list[tuple[float, float]]) -> None:
    places = np.array(corners)
    covered = TriangleMap(places, np.array([[0, 1, 2]]), 40, 30).triangles
    pixels = np.stack(np.meshgrid(np.arange(40), np.arange(30)), axis=-1)
    sides = np.roll(places, -1, axis=0) - places
    lengths = np.maximum(np.linalg.norm(sides, axis=1), 1e-9)
    ways = [np.cross(side, pixels - place) for side, place in zip(sides, places, strict=True)]
    across = np.stack(ways, axis=-1) / lengths
    inside = (across > 0.5).all(axis=-1) | (across < -0.5).all(axis=-1)
    far = (np.abs(across).min(axis=-1) > 1.5) & ~inside
    assert (covered[inside] == 0).all() and (covered[far] == -1).all()


def test_every_pixel_of_a_square_is_covered_by_the_right_half() -> None:
    places = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])
    covered = TriangleMap(places, np.array([[0, 2, 1], [1, 2, 3]]), 10, 10).triangles
    row, column = np.mgrid[:10, :10]
    assert (covered[row + column < 8] == 0).all() and (covered[row + column > 10] == 1).all()
    assert (covered >= 0).all()


def test_the_nearer_triangle_lies_above() -> None:
    places = np.array([[0, 0], [9, 0], [0, 9]] * 2)
    f = np.array([[0, 1, 2], [3, 4, 5]])
    for nearness, winner in (([5, 5, 5, 1, 1, 1], 0), ([1, 1, 1, 5, 5, 5], 1)):
        assert TriangleMap(places, f, 10, 10, np.array(nearness)).triangles[2, 2] == winner


def test_places_far_outside_do_no_harm() -> None:
    places = np.array([[-1e12, -1e12], [1e12, -1e12], [0, 1e12]])
    covered = TriangleMap(places, np.array([[0, 1, 2]]), 8, 8)
    assert (covered.triangles == 0).all()
    assert np.isfinite(covered.barycentrics(*np.nonzero(covered.triangles == 0))).all()
