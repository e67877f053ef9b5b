import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.vision.head_pose import LAYOUT, head_pose


def project(yaw, pitch, roll, scale=50.0, shift=(300.0, 200.0)):
    """An average head turned by the three angles (degrees), seen from the front, y down."""
    a, b, c = np.radians([yaw, pitch, roll])
    turn_yaw = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    turn_pitch = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    turn_roll = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    seen = LAYOUT @ (turn_yaw @ turn_pitch @ turn_roll).T
    return seen[:, :2] * (scale, -scale) + shift


angles = st.tuples(st.floats(-80, 80), st.floats(-60, 60), st.floats(-80, 80))


@given(angles, st.floats(5, 400), st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_the_pose_of_a_projected_head_comes_back(angles, scale, shift):
    pose = head_pose(project(*angles, scale=scale, shift=shift))
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx(angles, abs=0.01)


@given(angles)
def test_a_mirrored_head_turns_the_other_way(angles):
    points = project(*angles) * (-1, 1)
    pose = head_pose(points[[1, 0, 2, 3, 5, 4]])
    yaw, pitch, roll = angles
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((-yaw, pitch, -roll), abs=0.01)


@given(st.integers(0, 2**32 - 1))
def test_jitter_of_the_points_moves_the_pose_little(seed):
    noise = np.random.default_rng(seed).normal(0, 0.02 * 50, (6, 2))
    pose = head_pose(project(15, -10, 5) + noise)
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((15, -10, 5), abs=12)


def test_signs_as_a_person_would_say_them():
    frontal = project(0, 0, 0)
    nose_to_the_right_of_the_picture = frontal.copy()
    nose_to_the_right_of_the_picture[2] += (15, 0)
    nose_to_the_right_of_the_picture[3] += (8, 0)
    assert head_pose(nose_to_the_right_of_the_picture).yaw_deg > 5
    nose_up = frontal.copy()
    nose_up[2] -= (0, 12)
    nose_up[3] -= (0, 6)
    assert head_pose(nose_up).pitch_deg > 5
    assert head_pose(project(0, 0, 20)).roll_deg == pytest.approx(20)
    right_eye, left_eye = project(0, 0, 20)[:2]
    assert left_eye[1] < right_eye[1]


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((6, 2)),
        np.full((6, 2), np.nan),
        project(0, 0, 0)[[3, 4, 0, 5, 1, 2]],
        project(0, 0, 0, scale=0.5),
    ],
)
def test_points_that_are_no_head_give_none(points):
    assert head_pose(points) is None


def test_another_shape_is_refused():
    with pytest.raises(InputError, match=r"\(6, 2\)"):
        head_pose(np.zeros((5, 2)))
