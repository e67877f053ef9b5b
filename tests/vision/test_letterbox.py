import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.vision.letterbox import letterboxed

sides = st.integers(1, 90)


@settings(max_examples=80, deadline=None)
@given(sides, sides, sides, sides)
def test_the_picture_fits_touches_two_borders_and_keeps_its_shape(height, width, new_height, new_width):
    fitted = letterboxed(np.full((height, width, 3), 200, np.uint8), new_width, new_height)
    assert fitted.shape == (new_height, new_width, 3) and fitted.dtype == np.uint8
    light = fitted[:, :, 0] == 200
    rows, columns = light.any(axis=1).sum(), light.any(axis=0).sum()
    assert light.sum() == rows * columns and (rows == new_height or columns == new_width)
    scale = min(new_height / height, new_width / width)
    assert abs(rows - height * scale) <= 1 and abs(columns - width * scale) <= 1
