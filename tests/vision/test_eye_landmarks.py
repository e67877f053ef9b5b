import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError, ModelFileError
from emopoi.types import Face
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.eye_landmarks import LEFT, RIGHT, EyeLandmarks, _crop_to_picture, lid_opening
from emopoi.vision.media import open_media


@pytest.fixture(scope="module")
def eyes(blazeface_files) -> EyeLandmarks:
    return EyeLandmarks(blazeface_files.eyes)


def points(opening, width=10.0, angle=0.0, shift=0.0):
    """71 points of an eye of which only the corners and lids matter."""
    made = np.zeros((71, 3))
    made[8, 0] = width
    for place, (upper, lower) in enumerate(((11, 3), (12, 4), (13, 5))):
        made[[upper, lower], 0] = width * (0.3 + 0.2 * place)
        made[upper, 1], made[lower, 1] = -opening * width / 2, opening * width / 2
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    made[:, :2] = made[:, :2] @ turn.T + shift
    return made


@given(st.floats(0, 1), st.floats(1, 100), st.floats(-3, 3), st.floats(-50, 50))
def test_opening_depends_neither_on_size_nor_on_tilt_nor_on_place(opening, width, angle, shift):
    assert lid_opening(points(opening, width, angle, shift)) == pytest.approx(opening, abs=1e-6)


def test_an_eye_without_width_is_no_open_eye():
    assert lid_opening(np.zeros((71, 3))) == 0.0


@given(st.floats(-3.1, 3.1), st.floats(10, 200), st.booleans())
def test_the_middle_of_the_crop_is_the_eye_and_its_side_is_as_asked(angle, side, mirrored):
    along, centre = np.array([math.cos(angle), math.sin(angle)]), np.array([40.0, 90.0])
    matrix = _crop_to_picture(centre, along, side, mirrored)
    assert matrix @ [31.5, 31.5, 1] == pytest.approx(centre)
    across = matrix @ [63.5, 31.5, 1] - matrix @ [-0.5, 31.5, 1]
    assert across == pytest.approx(side * along * (-1 if mirrored else 1))


def test_eyes_too_close_together_are_not_measured(eyes):
    face = Face((0, 0, 30, 30), 1.0, np.array([[10, 10], [20, 10], [15, 15], [15, 20], [5, 10], [25, 10]]))
    assert eyes.opening(np.zeros((40, 40, 3), np.uint8), face, RIGHT) is None


def test_wrong_files_and_pictures_are_refused(eyes, blazeface_files):
    with pytest.raises(ModelFileError, match="not the eye landmark model"):
        EyeLandmarks(blazeface_files.short_range)
    face = Face((0, 0, 90, 90), 1.0, np.ones((6, 2)))
    with pytest.raises(InputError, match="uint8"):
        eyes.opening(np.zeros((40, 40, 3), np.float32), face, RIGHT)
    with pytest.raises(InputError, match="eye: 0 or 1"):
        eyes.opening(np.zeros((40, 40, 3), np.uint8), face, 2)


def openings(eyes, clip, wanted):
    detector, found = BlazeFaceDetector(), {}
    with open_media(clip, threads=1) as media:
        for frame in media:
            if frame.index in wanted:
                face = max(detector.detect(frame.image), key=lambda face: face.width_px)
                found[frame.index] = (
                    eyes.opening(frame.image, face, RIGHT), eyes.opening(frame.image, face, LEFT),
                )  # fmt: skip
            if frame.index >= max(wanted):
                return found
    return found


@pytest.mark.parametrize(
    ("clip", "open_frame", "shut_frame"),
    [("lp_d18.mp4", 60, 95), ("pyfeat_face_noface.mov", 22, 27)],
)
def test_shut_eyes_are_told_from_open_ones_on_real_clips(eyes, data_dir: Path, clip, open_frame, shut_frame):
    found = openings(eyes, data_dir / "videos" / clip, {open_frame, shut_frame})
    assert min(found[open_frame]) > 0.25 and max(found[shut_frame]) < 0.2
    assert max(found[shut_frame]) < 0.6 * min(found[open_frame])


def test_a_mirrored_face_has_the_same_eyes(eyes, data_dir):
    picture = cv2.cvtColor(cv2.imread(str(data_dir / "photos" / "dark_woman.jpg")), cv2.COLOR_BGR2RGB)
    (face,) = BlazeFaceDetector().detect(picture)
    mirrored = picture[:, ::-1].copy()
    keypoints = face.keypoints.copy()
    keypoints[:, 0] = picture.shape[1] - 1 - keypoints[:, 0]
    swapped = Face(face.box, face.score, keypoints[[1, 0, 2, 3, 5, 4]])
    for eye, other in ((RIGHT, LEFT), (LEFT, RIGHT)):
        expected = eyes.opening(picture, face, eye)
        assert eyes.opening(mirrored, swapped, other) == pytest.approx(expected, abs=0.02)
