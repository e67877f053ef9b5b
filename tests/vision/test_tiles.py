import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.vision.tiles import tiles


@given(st.integers(20, 2000), st.integers(20, 2000), st.floats(0.2, 1.0), st.floats(0, 1), st.floats(0, 1))
def test_a_small_face_lies_whole_in_a_tile(width, height, share, x, y):
    side = share * max(width, height)
    face = min(0.25 * side, width, height) * 0.99
    left, top = x * (width - face), y * (height - face)
    assert any(
        a <= left + 1e-6 and b <= top + 1e-6 and left + face <= a + c + 1e-6 and top + face <= b + c + 1e-6
        for a, b, c in tiles(width, height, side)
    )


def test_one_tile_covers_a_picture_that_fits():
    assert tiles(100, 60, 100) == [(0, -20, 100)]


def test_tiles_stay_inside():
    squares = np.array(tiles(1000, 600, 300))
    assert squares[:, :2].min() == 0
    assert (squares[:, 0] + 300).max() == 1000 and (squares[:, 1] + 300).max() == 600
