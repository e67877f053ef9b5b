import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, ModelFileError
from emopoi.head.skinning import rotation_matrices
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.types.labels import FER7


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def reader(head):
    return LandmarkEmotionReader(head, FrozenModel.load("landmark_emotion"))


def face(head, turn=(0.0, 0.0, 0.0), scale=10.0, place=(50.0, 60.0, 0.0), **shown):
    """Points of the head as the landmark network would place them: pixels, y down, depth away."""
    expression = np.zeros(head.n_expressions, np.float32)
    for name, share in shown.items():
        expression[head.expression_names.index(name)] = share
    vertices = head.vertices(FaceCoefficients(np.zeros(head.n_identity, np.float32), expression))
    points = head.landmark_points(vertices) @ rotation_matrices(np.array(turn))[()].T
    return (points * scale * (1, -1, -1) + place).astype(np.float32)


SMILE = {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6}


def test_a_smile_is_happy_and_no_points_are_what_is_usual(head, reader):
    told = reader.read(face(head, **SMILE))
    assert told.dtype == np.float32 and told.sum() == pytest.approx(1, abs=1e-5)
    assert FER7[int(told.argmax())] == "happy"
    assert reader.prior.sum() == pytest.approx(1, abs=1e-3) and FER7[int(reader.prior.argmax())] == "happy"


@given(scale=st.floats(2, 40), x=st.floats(-500, 500), y=st.floats(-500, 500), roll=st.floats(-0.02, 0.02))
@settings(max_examples=15, deadline=None)
def test_size_and_place_do_not_matter(head, reader, scale, x, y, roll):
    plain = reader.logits(face(head, **SMILE))
    moved = reader.logits(face(head, (0, 0, roll), scale, (x, y, 5.0), **SMILE))
    # int8 steps of the input are the tolerance.
    assert np.abs(moved - plain).max() < 1.0 and moved.argmax() == plain.argmax()


def test_irises_are_left_out(head, reader):
    points = face(head)
    with_irises = np.concatenate([points, np.zeros((10, 3), np.float32)])
    assert np.array_equal(reader.logits(with_irises), reader.logits(points))


def test_a_part_of_a_face_outside_of_the_picture_is_read(head, reader):
    assert np.isfinite(reader.read(face(head, place=(-40.0, 60.0, 0.0)))).all()


def test_bad_points_are_refused(head, reader):
    points = face(head)
    for bad, message in (
        (points[:400], "468"),
        (points[:, :2], "468"),
        (np.zeros((0, 3), np.float32), "468"),
        (np.where(np.arange(468)[:, None] == 7, np.nan, points), "finite"),
        (np.full((468, 3), np.inf, np.float32), "finite"),
        (np.ones((468, 3), np.float32), "one place"),
        (points * np.float32([-1, 1, 1]), "mirrored"),
    ):
        with pytest.raises(InputError, match=message):
            reader.read(bad)


def test_another_model_is_refused(head):
    with pytest.raises(ModelFileError, match="not for landmark_emotion"):
        LandmarkEmotionReader(head, FrozenModel.load("coefficient_emotion"))
