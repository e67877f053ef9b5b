import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emopoi.render.shading import shade

NORMALS = arrays(np.float32, (5, 3), elements=st.floats(-1, 1, width=32)).map(
    lambda rows: (
        (rows + np.float32((0, 0, 1e-3)))
        / np.maximum(np.linalg.norm(rows + np.float32((0, 0, 1e-3)), axis=1, keepdims=True), 1e-6)
    )
)


@given(normals=NORMALS, level=st.floats(0, 1), gloss=st.floats(0, 1))
def test_light_stays_within_what_a_screen_shows(normals, level, gloss):
    colours = np.full((5, 3), level, np.float32)
    lit = shade(normals, colours, np.full(5, gloss, np.float32))
    assert lit.dtype == np.float32 and lit.min() >= 0 and lit.max() <= 1
    darker = shade(normals, colours / 2, np.full(5, gloss, np.float32))
    assert (darker <= lit + 1e-6).all()


def test_light_comes_from_the_upper_left_and_none_of_the_surface_is_black():
    normals = np.array([[-0.45, 0.55, 0.7], [0.45, -0.55, 0.7], [0, 0, -1.0]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    towards, away, behind = shade(normals, np.full((3, 3), 0.5, np.float32), np.zeros(3, np.float32)).mean(1)
    assert towards > away + 0.15 and away > 0.2 and behind > 0.1


def test_gloss_adds_a_highlight_where_light_is_mirrored():
    halfway = np.array([-0.45, 0.55, 0.75]) / np.linalg.norm([-0.45, 0.55, 0.75]) + (0, 0, 1)
    normals = np.stack([halfway / np.linalg.norm(halfway), np.array([1.0, 0, 0])])
    colours = np.full((2, 3), 0.3, np.float32)
    matt = shade(normals, colours, np.zeros(2, np.float32))
    shiny = shade(normals, colours, np.full(2, 0.5, np.float32))
    assert (shiny[0] > matt[0] + 0.1).all()
    np.testing.assert_allclose(shiny[1], matt[1], atol=1e-6)
