import os
import subprocess
import sys

import numpy as np
import pytest
from skimage.data import astronaut

from emopoi.errors import InputError
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.boxes import overlap
from emopoi.vision.media import open_media
from emopoi.vision.photos import read_photo

PHOTOS = ("group_8_children.jpg", "two_men_suits.jpg", "dark_woman.jpg", "group_4_nurses.jpg")

# In a process of its own: mediapipe brings TensorFlow along.
REFERENCE = """
import sys, numpy as np
pictures = np.load(sys.argv[1])
found = {}
from mediapipe.python.solutions.face_detection import FaceDetection
for model, name in ((0, "short"), (1, "full")):
    with FaceDetection(model_selection=model, min_detection_confidence=0.5) as detector:
        for key in pictures.files:
            result = detector.process(np.ascontiguousarray(pictures[key]))
            height, width = pictures[key].shape[:2]
            rows = []
            for one in result.detections or ():
                box = one.location_data.relative_bounding_box
                points = [(p.x * width, p.y * height) for p in one.location_data.relative_keypoints]
                corners = (box.xmin * width, box.ymin * height,
                           (box.xmin + box.width) * width, (box.ymin + box.height) * height)
                rows.append([*corners, one.score[0], *np.ravel(points)])
            found[f"{name}/{key}"] = np.array(rows).reshape(-1, 17)
np.savez(sys.argv[2], **found)
"""


def pictures(data_dir):
    some = {name: read_photo(data_dir / "photos" / name) for name in PHOTOS}
    for clip in ("lp_d18.mp4", "pyfeat_face_noface.mov", "intel_headpose_two_people.mp4"):
        with open_media(data_dir / "videos" / clip, sample_fps=1) as media:
            for frame in media:
                if frame.index < 70:
                    some[f"{clip}-{frame.index}"] = frame.image
    return some


def test_same_as_mediapipe(data_dir, blazeface_files, tmp_path):
    some = pictures(data_dir)
    np.savez(tmp_path / "in.npz", **some)
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", GLOG_minloglevel="3")
    subprocess.run(
        [sys.executable, "-c", REFERENCE, str(tmp_path / "in.npz"), str(tmp_path / "out.npz")],
        check=True, capture_output=True, timeout=120, env=environment,
    )  # fmt: skip
    expected = np.load(tmp_path / "out.npz")
    compared, clear = 0, 0
    for reach in ("short", "full"):
        detector = BlazeFaceDetector(blazeface_files, reach=reach)
        for key, picture in some.items():
            faces = detector.detect(picture)
            boxes = np.array([face.box for face in faces]).reshape(-1, 4)
            for row in expected[f"{reach}/{key}"]:
                if row[4] < 0.6:  # near the threshold rounding decides
                    continue
                clear += 1
                shared = overlap(row[None, :4], boxes)[0]
                assert shared.size and shared.max() > 0.9, (reach, key, row[:5], shared)
                face = faces[int(shared.argmax())]
                assert face.score == pytest.approx(row[4], abs=0.1)
                points = row[5:].reshape(6, 2)
                assert np.abs(face.keypoints - points).max() < 0.08 * face.width_px
                compared += 1
            extra = [face for face in faces if face.score > 0.65]
            assert len(extra) <= len(expected[f"{reach}/{key}"])
    assert compared == clear >= 30


def test_a_small_face_is_found_near_where_it_was(data_dir, blazeface_files):
    detector = BlazeFaceDetector(blazeface_files)
    with open_media(data_dir / "videos" / "intel_asl_sorry.mkv") as media:
        frames = [frame.image for frame in media][:12]
    (face,) = [face for face in detector.detect(frames[0])]
    for image in frames[1:]:
        near = detector.detect_near(image, face)
        assert len(near) == 1
        assert overlap(np.array([near[0].box]), np.array([face.box]))[0, 0] > 0.5
        face = near[0]
    assert detector.is_face(frames[11], face)


def test_one_round_of_scans_covers_the_picture(blazeface_files):
    portrait = astronaut()
    small = np.ascontiguousarray(portrait[::2, ::2])
    detector = BlazeFaceDetector(blazeface_files)
    for x, y in ((20, 20), (1000, 20), (30, 450), (1000, 450)):
        picture = np.full((720, 1280, 3), 90, np.uint8)
        picture[y : y + small.shape[0], x : x + small.shape[1]] = small
        found = [face for step in range(12) for face in detector.scan(picture, step)]
        assert any(x < face.box[0] < x + 256 and y - 10 < face.box[1] < y + 256 for face in found)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (500, 3, 3), (64, 64, 3)])
def test_empty_pictures_have_no_faces(blazeface_files, shape):
    assert BlazeFaceDetector(blazeface_files).detect(np.full(shape, 128, np.uint8)) == []


@pytest.mark.parametrize(
    "picture", [np.zeros((5, 5)), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8), "x"]
)
def test_no_picture_is_refused(blazeface_files, picture):
    with pytest.raises(InputError):
        BlazeFaceDetector(blazeface_files).detect(picture)


def test_senseless_options_are_refused(blazeface_files):
    for options in ({"reach": "long"}, {"minimum_score": 0.0}, {"minimum_score": 1.0}):
        with pytest.raises(InputError):
            BlazeFaceDetector(blazeface_files, **options)
