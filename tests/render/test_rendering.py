import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emopoi.errors import InputError
from emopoi.render.rendering import Rendering

PICTURE = arrays(np.uint8, (3, 4, 3))


@given(image=PICTURE, mask=arrays(np.uint8, (3, 4)), background=PICTURE, opacity=st.floats(0, 1))
def test_it_is_mixed_as_light_is(image, mask, background, opacity):
    image = (image.astype(int) * mask[..., None] // 255).astype(np.uint8)  # never lighter than it covers
    mixed = Rendering(image, mask).over(background, opacity)
    share = opacity * mask[..., None] / 255
    expected = background * (1 - share) + opacity * image
    assert mixed.dtype == np.uint8
    np.testing.assert_allclose(mixed, expected, atol=2)


def test_the_ends_are_exact():
    image = np.full((2, 2, 3), 200, np.uint8)
    background = np.full((2, 2, 3), 17, np.uint8)
    covering = Rendering(image, np.full((2, 2), 255, np.uint8))
    np.testing.assert_array_equal(covering.over(background), image)
    np.testing.assert_array_equal(covering.over(background, 0.0), background)
    nothing = Rendering(np.zeros_like(image), np.zeros((2, 2), np.uint8))
    np.testing.assert_array_equal(nothing.over(background), background)


def test_what_does_not_fit_is_refused():
    drawn = Rendering(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8))
    with pytest.raises(InputError, match="background"):
        drawn.over(np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(InputError, match="opacity"):
        drawn.over(np.zeros((2, 2, 3), np.uint8), 1.1)
