import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.skinning import axis_angle, rotation_matrices
from emopoi.head.turn_angles import pose_of, turn_angles_deg
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.vision.head_pose import LAYOUT, head_pose

angle = st.floats(-0.9, 0.9)


@given(angle, angle, angle)
def test_angles_are_those_of_the_keypoints(yaw, pitch, roll):
    turns = rotation_matrices(np.array([[0, 0, roll], [-pitch, 0, 0], [0, yaw, 0]], np.float64))
    rotation = turns[0] @ turns[1] @ turns[2]
    seen = head_pose((LAYOUT @ rotation.T)[:, :2] * (50, -50))
    told = turn_angles_deg(axis_angle(rotation))
    np.testing.assert_allclose(told, [seen.yaw_deg, seen.pitch_deg, seen.roll_deg], atol=0.2)


def test_signs():
    pose = np.zeros((5, 3), np.float32)
    pose[0] = 0, 0.5, 0  # the nose, which points along z, turns to x: the person's left
    told = pose_of(FaceCoefficients(np.zeros(1), np.zeros(1), pose))
    assert abs(told.yaw_deg - np.degrees(0.5)) < 1e-3 and abs(told.pitch_deg) + abs(told.roll_deg) < 1e-3
    assert turn_angles_deg(np.zeros((2, 7, 3))).shape == (2, 7, 3)
