import cv2
import numpy as np
import pytest

from emopoi.demo_clip import portrait
from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.pipeline import RecognitionSettings
from emopoi.reconstruct.reconstruction import Reconstruction
from emopoi.reconstruct.settings import ReconstructionSettings
from emopoi.runtime.frozen_head import load_head
from emopoi.vision.blazeface_files import read_blazeface_files
from tests.head.made_heads import small_head


def settings_with(folder, *contents):
    """A bundle with the detector and some more."""
    wheel = read_blazeface_files()
    files = {
        "face_detection_short_range.tflite": wheel.short_range,
        "face_detection_full_range.tflite": wheel.full_range,
        "face_landmark.tflite": wheel.landmarks,
        "iris_landmark.tflite": wheel.eyes,
    }
    for name in (*list(files)[:2], *contents):
        (folder / name).write_bytes(files[name])
    return RecognitionSettings(age_gender=False, states=False, bundle=str(folder))


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), portrait()[..., ::-1])
    return path


def expressions(photo, **settings):
    read = Reconstruction(photo, LandmarkSolver(load_head()), ReconstructionSettings(**settings))
    read.read()
    ((coefficients,),) = [person.coefficients for person in read.people]
    return coefficients.expression, read.notes


def test_both_methods_see_much_the_same_and_lids_are_looked_at_unless_told_otherwise(photo):
    told = {
        (method, refine): expressions(photo, method=method, refine_lids=refine)[0]
        for method in ("solver", "network")
        for refine in (True, False)
    }
    for refine in (True, False):
        ways = [told[method, refine] for method in ("solver", "network")]
        assert np.corrcoef(*ways)[0, 1] > 0.85
    assert np.abs(told["solver", True] - told["solver", False]).max() > 0.01


def test_a_network_of_another_head_is_refused_before_anything_is_read(photo):
    with pytest.raises(ModelFileError, match="does not fit the head"):
        Reconstruction(photo, LandmarkSolver(small_head()), ReconstructionSettings(method="network"))
    with pytest.raises(InputError, match="method"):
        ReconstructionSettings(method="guess")


def test_without_the_network_of_lids_a_note_and_without_points_an_error(photo, tmp_path):
    some = settings_with(tmp_path, "face_landmark.tflite")
    read = Reconstruction(photo, LandmarkSolver(load_head()), None, some)
    read.read()
    assert len(read.people) == 1
    assert [note for note in read.notes if "close their eyes" in note and "iris_landmark.tflite" in note]
    (tmp_path / "face_landmark.tflite").unlink()
    with pytest.raises(MissingPartError, match=r"face_landmark\.tflite"):
        Reconstruction(photo, LandmarkSolver(load_head()), None, settings_with(tmp_path)).read()
