import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.head_model import project
from emopoi.render.stage import Stage, yaw
from tests.render.made_head import ellipsoid


@given(
    radii=st.tuples(*[st.floats(0.05, 20)] * 3),
    middle=st.tuples(*[st.floats(-30, 30)] * 3),
    size=st.tuples(st.integers(64, 900), st.integers(64, 900)),
    degrees=st.floats(-35, 35),
)
def test_a_turned_head_stays_inside_and_fills_the_picture(radii, middle, size, degrees):
    vertices = ellipsoid(radii)[0] + middle
    stage = Stage.for_head(vertices, *size)
    seen = project(stage.turned(vertices, yaw(degrees)), stage.camera)[:, :2]
    assert (seen >= -0.5).all() and (seen <= np.array(size) - 0.5).all()
    spread = np.ptp(project(stage.turned(vertices, yaw(0)), stage.camera)[:, :2], axis=0) / size
    assert spread.max() > 0.25 or radii[2] > radii[0]
    np.testing.assert_allclose(seen.mean(axis=0), (np.array(size) - 1) / 2, atol=0.02 * max(size))


def test_positive_yaw_turns_to_the_persons_own_left():
    vertices = ellipsoid((1, 1, 1))[0]
    stage = Stage.for_head(vertices, 100, 100)
    nose = vertices[[np.argmax(vertices[:, 2])]]
    ahead, left = (project(stage.turned(nose, yaw(turn)), stage.camera)[0, 0] for turn in (0, 30))
    assert left > ahead + 10  # to the right as one sees it


def test_the_backdrop_is_dark_and_even():
    stage = Stage.for_head(ellipsoid()[0], 60, 80)
    backdrop = stage.backdrop()
    assert backdrop.shape == (80, 60, 3) and backdrop.dtype == np.uint8
    assert backdrop.max() < 100 and (backdrop == backdrop[:, :1]).all()


def test_a_point_is_no_head():
    with pytest.raises(InputError, match="size"):
        Stage.for_head(np.zeros((5, 3)), 10, 10)
