import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.head_model import project
from emopoi.render.head_surface import HeadSurface
from emopoi.render.overlay import draw_over, scaled_camera
from tests.render.made_head import ellipsoid, made_head

HEAD = made_head(*ellipsoid())
SURFACE = HeadSurface(HEAD, levels=0)


def scene(height=120, width=160):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8)


def drawn_over(picture, renderer, camera, **options):
    drawn = picture.copy()
    draw_over(drawn, renderer, SURFACE, HEAD.v_template, np.asarray(camera, float), **options)
    return drawn


@given(
    camera=st.tuples(st.floats(0.1, 50), st.floats(-99, 99), st.floats(-99, 99)),
    share=st.floats(0.05, 1),
    point=st.tuples(*[st.floats(-3, 3)] * 3),
)
def test_a_scaled_picture_has_the_scaled_camera(camera, share, point):
    points = np.array([point])
    full = (project(points, np.array(camera))[0, :2] + 0.5) * share - 0.5
    np.testing.assert_allclose(
        project(points, scaled_camera(np.array(camera), share))[0, :2], full, atol=1e-6
    )


def test_it_is_the_same_head_as_on_the_whole_picture(renderer):
    camera = (30.25, 77.3, 61.8)
    whole = renderer.render(SURFACE, HEAD.v_template, np.array(camera)).over(scene(), 0.8)
    np.testing.assert_allclose(drawn_over(scene(), renderer, camera, opacity=0.8), whole, atol=3)


def test_a_picture_larger_than_the_renderer(renderer):
    picture = scene(700, 900)
    drawn = drawn_over(picture, renderer, (60, 450.0, 350.0))  # 120 x 156 pixels
    rows, columns = np.nonzero((drawn != picture).any(axis=2))
    assert [columns.min(), columns.max()] == pytest.approx([390, 510], abs=3)
    assert [rows.min(), rows.max()] == pytest.approx([272, 428], abs=3)


def test_a_head_larger_than_the_renderer_is_scaled_up(renderer):
    picture = scene(700, 900)
    drawn = drawn_over(picture, renderer, (250, 450.0, 350.0), opacity=1.0)
    rows, columns = np.nonzero(np.abs(drawn.astype(int) - picture).sum(axis=2) > 20)
    assert [columns.min(), columns.max()] == pytest.approx([200, 700], abs=8)
    assert [rows.min(), rows.max()] == pytest.approx([25, 675], abs=8)


@pytest.mark.parametrize("camera", [(30, 0.0, 0.0), (30, 159.0, 60.0), (300, 80.0, 60.0), (5, 158.0, 119.0)])
def test_heads_that_stick_out_are_cut(renderer, camera):
    drawn = drawn_over(scene(), renderer, camera)
    assert (drawn != scene()).any() and drawn.shape == (120, 160, 3)


@pytest.mark.parametrize("camera", [(10, -500.0, 0.0), (10, 80.0, 5000.0)])
def test_heads_outside_change_nothing(renderer, camera):
    np.testing.assert_array_equal(drawn_over(scene(), renderer, camera), scene())


def test_what_is_no_picture_is_refused(renderer):
    with pytest.raises(InputError, match="uint8"):
        draw_over(np.zeros((4, 4, 3)), renderer, SURFACE, HEAD.v_template, np.ones(3))
    with pytest.raises(InputError, match="finite"):
        draw_over(scene(), renderer, SURFACE, HEAD.v_template * np.nan, np.ones(3))
