import csv

import numpy as np
import pytest

from emopoi.vision.photo_detector import PhotoDetector
from emopoi.vision.photos import read_photo


def test_faces_of_real_photos(data_dir, blazeface_files):
    detector = PhotoDetector(blazeface_files)
    rows = list(csv.DictReader((data_dir / "photos" / "index.csv").open()))
    right = 0
    for row in rows:
        faces = detector.detect(read_photo(data_dir / "photos" / row["file"]))
        right += int(row["faces_min"]) <= len(faces) <= int(row["faces_max"] or 10_000)
        if row["file"].startswith("neg_"):
            assert faces == [], row["file"]
        areas = [face.width_px * face.height_px for face in faces]
        assert areas == sorted(areas, reverse=True)
        assert all(face.measured and face.keypoints.shape == (6, 2) for face in faces)
    assert right >= 0.9 * len(rows)


def test_a_small_face_anywhere_is_found_once(blazeface_files):
    portrait = pytest.importorskip("skimage.data").astronaut()
    small = np.ascontiguousarray(portrait[::4, ::4])
    for x, y in ((0, 0), (600, 300), (1100, 560)):
        picture = np.full((720, 1280, 3), 90, np.uint8)
        picture[y : y + 128, x : x + 128] = small
        (face,) = PhotoDetector(blazeface_files).detect(picture)
        assert x < face.box[0] and face.box[2] < x + 128 and 15 < face.width_px < 50


def test_without_the_landmark_model_clear_faces_are_still_found(blazeface_files):
    from dataclasses import replace

    portrait = pytest.importorskip("skimage.data").astronaut()
    assert len(PhotoDetector(replace(blazeface_files, landmarks=None)).detect(portrait)) == 1


def test_noise_has_no_faces(blazeface_files):
    detector = PhotoDetector(blazeface_files)
    for seed in range(3):
        noise = np.random.default_rng(seed).integers(0, 255, (300, 400, 3), dtype=np.uint8)
        assert detector.detect(noise) == []
