import keras
import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.export.input_levels import MEAN, STD
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.face_encoder import EncoderConfig
from emopoi.runtime.probabilities import softmax
from training.teacher_answers import teacher_answers

SMALL = EncoderConfig(stages=((4,), (8, 8)))
OTHER = EncoderConfig(stages=((4,), (6, 6)))


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, 28, 28, 1), dtype=np.uint8)


@pytest.fixture
def teacher(tmp_path):
    keras.utils.set_random_seed(0)
    network = build_emotion_network(EmotionConfig(size=20, encoder=SMALL))
    network.save_weights(tmp_path / "teacher.weights.h5")
    return tmp_path / "teacher.weights.h5", network


def test_answers_are_the_mean_of_middles_and_mirror_images(teacher, pictures) -> None:
    weights, network = teacher
    found = teacher_answers(weights, pictures, (SMALL,), sizes=(20,))
    middle = (pictures[:, 4:24, 4:24].astype(np.float32) - MEAN) / STD
    expected = np.zeros((9, 7))
    for view in (middle, np.flip(middle, axis=2)):
        expected += softmax(network.predict(view, verbose=0)["fer7"]) / 2
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.dtype == np.float32
    mirrored = teacher_answers(weights, pictures[:, :, ::-1], (SMALL,), sizes=(20,))
    np.testing.assert_allclose(mirrored, found, atol=1e-5)


def test_several_sizes_are_averaged(teacher, pictures) -> None:
    weights, _ = teacher
    one, other, both = (
        teacher_answers(weights, pictures, (SMALL,), sizes=sizes) for sizes in ((20,), (28,), (20, 28))
    )
    np.testing.assert_allclose(both, (one + other) / 2, atol=1e-5)
    np.testing.assert_allclose(both.sum(axis=1), 1.0, atol=1e-5)
    assert np.abs(one - other).max() > 1e-3


def test_the_widths_are_found(teacher, pictures) -> None:
    weights, _ = teacher
    first = teacher_answers(weights, pictures, (SMALL,), sizes=(20,))
    np.testing.assert_array_equal(teacher_answers(weights, pictures, (OTHER, SMALL), sizes=(20,)), first)
    np.testing.assert_array_equal(
        teacher_answers(weights, pictures, (SMALL, OTHER, SMALL), sizes=(20,)), first
    )


def test_no_such_network(teacher, pictures, tmp_path) -> None:
    weights, _ = teacher
    with pytest.raises(ModelFileError):
        teacher_answers(weights, pictures, (OTHER,), sizes=(20,))
    with pytest.raises(ModelFileError):
        teacher_answers(tmp_path / "none.weights.h5", pictures, (SMALL,), sizes=(20,))
