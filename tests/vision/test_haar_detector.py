import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from emopoi.errors import InputError, ModelFileError
from emopoi.vision.boxes import overlap
from emopoi.vision.haar_detector import (
    AVERAGE_LAYOUT,
    OPENCV_CASCADE,
    USER_CASCADE,
    HaarDetector,
    find_cascade,
)


@pytest.fixture(scope="module")
def portrait():
    return astronaut()


def test_finds_a_face_and_fills_in_its_points(portrait):
    faces = HaarDetector().detect(portrait)
    assert faces
    for face in faces:
        assert not face.measured and 0 < face.score < 1
        x0, y0, x1, y1 = face.box
        expected = AVERAGE_LAYOUT * [x1 - x0, y1 - y0] + [x0, y0]
        np.testing.assert_allclose(face.keypoints, expected, atol=0.01)


def test_the_average_layout_fits_the_measured_points(portrait, blazeface_files):
    from emopoi.vision.blazeface_detector import BlazeFaceDetector

    (measured,) = BlazeFaceDetector(blazeface_files).detect(portrait)
    boxes = np.array([measured.box])
    face = max(HaarDetector().detect(portrait), key=lambda one: overlap(boxes, np.array([one.box]))[0, 0])
    miss = np.abs(face.keypoints - measured.keypoints)[:4] / face.width_px
    assert miss.max() < 0.2


def test_near_finds_the_same_face_and_nothing_elsewhere(portrait):
    detector = HaarDetector()
    face = detector.detect(portrait)[0]
    near = detector.detect_near(portrait, face)
    assert overlap(np.array([near[0].box]), np.array([face.box]))[0, 0] > 0.6
    assert detector.detect_near(np.zeros_like(portrait), face) == []
    assert detector.is_face(portrait, face) and not detector.is_face(np.zeros_like(portrait), face)


def test_a_users_cascade_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_cascade().name in (OPENCV_CASCADE, USER_CASCADE)
    folder = tmp_path / "haarcascades"
    folder.mkdir()
    shutil.copy(Path(cv2.data.haarcascades) / OPENCV_CASCADE, folder / USER_CASCADE)
    assert find_cascade() == folder / USER_CASCADE
    assert HaarDetector().origin == str(folder / USER_CASCADE)


def test_opencv_s_own_cascade_is_refused_where_it_is_damaged(tmp_path, monkeypatch):
    path = tmp_path / OPENCV_CASCADE
    content = (Path(cv2.data.haarcascades) / OPENCV_CASCADE).read_bytes()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cv2.data, "haarcascades", f"{tmp_path}/")
    path.write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert HaarDetector().origin == str(path)
    digit = content.index(b"1", len(content) // 2)
    path.write_bytes(content[:digit] + b"7" + content[digit + 1 :])
    with pytest.raises(ModelFileError, match=f"{OPENCV_CASCADE} is damaged: sha256 .* OpenCV 4.* has"):
        HaarDetector()
    # A file of the user's own, and one of an OpenCV that is not known, are what they are.
    shutil.copy(path, tmp_path / "own.xml")
    HaarDetector(tmp_path / "own.xml")
    monkeypatch.setattr(cv2, "__version__", "4.99.0")
    HaarDetector()


def test_a_missing_cascade_is_the_users_mistake(tmp_path):
    with pytest.raises(InputError, match="no such cascade"):
        HaarDetector(tmp_path / "absent.xml")


@pytest.mark.parametrize("content", [b"", b"<xml>no cascade</xml>", b"\x00" * 100])
def test_a_damaged_cascade_is_refused(tmp_path, content):
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="cascade"):
        HaarDetector(path)


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 400, 3), (100, 100, 3)])
def test_empty_pictures_have_no_faces(shape):
    detector = HaarDetector()
    picture = np.full(shape, 128, np.uint8)
    assert detector.detect(picture) == detector.glance(picture) == detector.scan(picture, 0) == []


def test_no_picture_is_refused():
    with pytest.raises(InputError):
        HaarDetector().detect(np.zeros((5, 5)))
    with pytest.raises(InputError, match="32766"):
        HaarDetector().detect(np.zeros((1, 33_000, 3), np.uint8))
