"""Who is who in the overlay."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.reconstruct.drawn_people import write_words


@given(above=st.tuples(st.floats(-500, 900), st.floats(-500, 900)), number=st.integers(1, 99))
def test_a_number_stands_whole_in_the_picture_and_near_its_place(above, number):
    picture = np.full((320, 400, 3), 128, np.uint8)
    write_words(picture, str(number), above=above)
    rows, columns = np.nonzero((picture != 128).any(axis=2))
    assert len(rows) > 20
    assert rows.min() > 0 and columns.min() > 0 and rows.max() < 319 and columns.max() < 399
    if 40 < above[0] < 360 and 40 < above[1] < 319:
        assert rows.max() < above[1] and above[1] - rows.min() < 30
        assert abs((columns.min() + columns.max()) / 2 - above[0]) < 6


def test_a_caption_stands_in_the_lower_left_corner():
    picture = np.zeros((320, 400, 3), np.uint8)
    write_words(picture, "from the front")
    rows, columns = np.nonzero(picture.any(axis=2))
    assert rows.min() > 290 and columns.min() < 20
