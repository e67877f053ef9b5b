import csv

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from skimage.data import astronaut

from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.photo_detector import _MOST_TILES, PhotoDetector, _pyramid
from emopoi.vision.photos import read_photo


def test_faces_of_real_photos(data_dir, blazeface_files):
    detector = PhotoDetector(blazeface_files)
    rows = list(csv.DictReader((data_dir / "photos" / "index.csv").open()))
    right = 0
    for row in rows:
        faces = detector.detect(read_photo(data_dir / "photos" / row["file"]))
        assert len(faces) >= int(row["faces_min"]), row["file"]
        right += int(row["faces_min"]) <= len(faces) <= int(row["faces_max"] or 10_000)
        if row["file"].startswith("neg_"):
            assert faces == [], row["file"]
        areas = [face.width_px * face.height_px for face in faces]
        assert areas == sorted(areas, reverse=True)
        assert all(face.measured and face.keypoints.shape == (6, 2) for face in faces)
    assert right == len(rows)


def test_a_small_face_anywhere_is_found_once(blazeface_files):
    portrait = astronaut()
    small = np.ascontiguousarray(portrait[::4, ::4])
    for x, y in ((0, 0), (600, 300), (1100, 560)):
        picture = np.full((720, 1280, 3), 90, np.uint8)
        picture[y : y + 128, x : x + 128] = small
        (face,) = PhotoDetector(blazeface_files).detect(picture)
        assert x < face.box[0] and face.box[2] < x + 128 and 15 < face.width_px < 50


@pytest.mark.parametrize(("height", "width"), [(2000, 2667), (2000, 8000), (512, 8192), (6000, 1500)])
def test_a_portrait_is_found_however_long_the_picture_is(blazeface_files, height, width):
    portrait = cv2.resize(astronaut(), (300, 300), interpolation=cv2.INTER_AREA)
    picture = np.full((height, width, 3), 90, np.uint8)
    x, y = int(width * 0.63), int(height * 0.6) - 150
    picture[y : y + 300, x : x + 300] = portrait
    (face,) = PhotoDetector(blazeface_files).detect(picture)
    assert x < face.box[0] and face.box[2] < x + 300 and 50 < face.width_px < 110


@given(st.integers(1, 33_000), st.integers(1, 33_000))
@example(769, 12288)
@example(2048, 32766)
def test_the_tiles_follow_the_shorter_side_and_are_bounded(width, height):
    squares = _pyramid(width, height)
    assert len(squares) <= _MOST_TILES
    longer, shorter = max(width, height), min(width, height)
    if longer < 30 * shorter and squares:
        finest = min(side for _, _, side in squares)
        assert finest >= 192 and (finest <= 0.45 * shorter or finest < 2 * 192)


def test_the_models_of_another_detector_are_read_once(blazeface_files, monkeypatch):
    detector = BlazeFaceDetector(blazeface_files)
    monkeypatch.setattr(
        "emopoi.vision.photo_detector.read_blazeface_files", lambda _: pytest.fail("read again")
    )
    assert PhotoDetector(detector.files).files is blazeface_files


def test_without_the_landmark_model_clear_faces_are_still_found(blazeface_files):
    from dataclasses import replace

    portrait = astronaut()
    assert len(PhotoDetector(replace(blazeface_files, landmarks=None)).detect(portrait)) == 1


def test_noise_has_no_faces(blazeface_files):
    detector = PhotoDetector(blazeface_files)
    for seed in range(3):
        noise = np.random.default_rng(seed).integers(0, 255, (300, 400, 3), dtype=np.uint8)
        assert detector.detect(noise) == []
