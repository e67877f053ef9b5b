import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.smoothing import OneEuro


def test_jitter_of_a_resting_point_shrinks():
    noise = np.random.default_rng(0).normal(0, 0.01, (200, 4))
    smoother = OneEuro()
    smooth = np.array([smoother.update(value, 33.0) for value in noise])
    assert smooth[20:].std() < 0.6 * noise[20:].std()


def test_quick_motion_is_followed():
    smoother = OneEuro()
    lags = []
    for frame in range(60):
        place = np.array([frame * 0.1])  # three face sizes a second at 30 frames a second
        lags.append((place - smoother.update(place, 33.3))[0])
    assert max(lags[10:]) < 0.1


@given(st.lists(st.floats(-1000, 1000), min_size=2, max_size=30), st.floats(1, 500))
def test_it_never_leaves_the_range_of_what_was_seen(values, elapsed_ms):
    smoother = OneEuro()
    for count, value in enumerate(values, start=1):
        smooth = smoother.update(np.array([value]), elapsed_ms)[0]
        assert min(values[:count]) - 1e-6 <= smooth <= max(values[:count]) + 1e-6


def test_unit_makes_near_and_far_faces_alike():
    near, far = OneEuro(), OneEuro()
    for value in (0.0, 1.0, 3.0, 2.0):
        one = near.update(np.array([value * 100]), 40.0, 100.0)
        other = far.update(np.array([value]), 40.0, 1.0)
        np.testing.assert_allclose(one, other * 100, rtol=1e-9)
