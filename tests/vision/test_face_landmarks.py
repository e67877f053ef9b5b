import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError, ModelFileError
from emopoi.types import Face
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.face_landmarks import POINTS, FaceLandmarks, mouth_opening
from emopoi.vision.media import open_media


def mouth(height, width=20.0):
    made = np.zeros((POINTS, 3), np.float64)
    made[308, 0], made[14, 1] = width, height
    made[[13, 14], 0] = width / 2
    return made


def turned(points, yaw, pitch):
    across = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    down = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    return points @ (across @ down).T


@given(st.floats(0, 30), st.floats(-1, 1), st.floats(-1, 1))
def test_turning_the_head_does_not_close_the_mouth(height, yaw, pitch):
    assert mouth_opening(turned(mouth(height), yaw, pitch)) == pytest.approx(height / 20, abs=1e-9)


def test_a_mouth_without_width_is_closed():
    assert mouth_opening(np.zeros((POINTS, 3))) == 0.0
    with pytest.raises(InputError, match="468"):
        mouth_opening(np.zeros((71, 3)))


def test_wrong_files_and_small_faces(blazeface_files):
    with pytest.raises(ModelFileError, match="not the face landmark model"):
        FaceLandmarks(blazeface_files.eyes)
    landmarks = FaceLandmarks(blazeface_files.landmarks)
    tiny = Face((0, 0, 9, 9), 1.0, np.ones((6, 2)))
    assert landmarks.mesh(np.zeros((40, 40, 3), np.uint8), tiny) is None
    with pytest.raises(InputError, match="uint8"):
        landmarks.mesh(np.zeros((40, 40)), tiny)


def test_points_lie_on_the_face_and_a_shout_opens_the_mouth(blazeface_files, data_dir):
    landmarks, detector, found = FaceLandmarks(blazeface_files.landmarks), BlazeFaceDetector(), {}
    with open_media(data_dir / "videos" / "lp_d18.mp4", threads=1) as media:
        for frame in media:
            if frame.index in (60, 93):
                (face,) = detector.detect(frame.image)
                mesh = landmarks.mesh(frame.image, face)
                found[frame.index] = mouth_opening(mesh.points)
                assert mesh.presence > 0.9
                # Eye corners and lips lie where the detector has eyes and mouth.
                places = {0: [33, 133], 1: [362, 263], 3: [13, 14]}
                for keypoint, numbers in places.items():
                    middle = mesh.points[numbers, :2].mean(axis=0)
                    assert np.hypot(*(middle - face.keypoints[keypoint])) < 0.1 * face.width_px
            if frame.index > 93:
                break
    assert found[60] < 0.1 and found[93] > 0.6
