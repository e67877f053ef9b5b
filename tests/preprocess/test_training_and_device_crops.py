"""The crops that the device cuts match the pictures that the networks were trained on."""

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.preprocess import crop_matrix
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.face_follower import FaceFollower
from emopoi.vision.media import open_media
from training.crop_layouts import FER2013, UTKFACE
from training.measure_layouts import CANVAS, SETS, _cut, measure

LAYOUTS = {"fer2013": FER2013, "utkface": UTKFACE}


@pytest.fixture(scope="module")
def detector():
    return BlazeFaceDetector()


@pytest.mark.parametrize("name", SETS)
def test_cut_the_training_pictures_own_square(data_dir, detector, name):
    images = pd.read_parquet(data_dir / SETS[name], columns=["image"]).image.iloc[-250:]
    _, faces = measure(images, detector)
    assert len(faces) > 240
    side = CANVAS // 2
    cuts = np.array([_cut(crop_matrix(face, LAYOUTS[name], side), CANVAS / 4, side) for face in faces])
    scale, x, y = np.median(cuts, axis=0)
    assert abs(scale - 1) < 0.04 and abs(x - 0.5) < 0.03 and abs(y - 0.5) < 0.03


def test_faces_of_a_video_fill_the_crop_alike(data_dir, detector):
    """Grey levels apart, a crop from video looks like a training picture: found again inside of
    its own crop, eyes and mouth lie where they lie in the training pictures.
    """
    found = []
    with open_media(data_dir / "videos" / "mead_W036_level_3_happy_007.mp4", sample_fps=5) as media:
        follower = FaceFollower(detector)
        for frame in media:
            for face in follower.faces(frame):
                from emopoi.preprocess import crop_face

                crop = crop_face(frame.image, face.face, FER2013, 48)
                data = cv2.imencode(".png", crop[..., ::-1])[1].tobytes()
                rows, _ = measure([data], detector)
                found.extend(rows)
    assert len(found) >= 8
    eyes_y, mouth_y, distance, centre_x, roll = np.median(found, axis=0)
    assert abs(eyes_y - FER2013.eyes_y) < 0.05 and abs(mouth_y - FER2013.mouth_y) < 0.05
    assert abs(distance - FER2013.eye_distance) < 0.06
    assert abs(centre_x - 0.5) < 0.04 and abs(roll) < 6
