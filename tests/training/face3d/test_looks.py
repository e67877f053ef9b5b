"""What looks alike costs nothing, and what does not can be told by its gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from emopoi.errors import ModelFileError
from emopoi.head.head_model import PARTS
from emopoi.models.emotion import build_emotion_network
from emopoi.models.mouth import MouthConfig, build_mouth_network
from training.crop_layouts import FER2013
from training.face3d.dream_model import load_mouth
from training.face3d.looks import Looks
from training.face3d.regressor_faces import LAYOUT

SKIN, EYES = PARTS.index("skin"), PARTS.index("eyes")


@pytest.fixture(scope="module")
def looks():
    keras.utils.set_random_seed(0)
    emotion, mouth = build_emotion_network(), build_mouth_network()
    return Looks(
        LAYOUT,
        emotion=keras.Model(emotion.input, {name: emotion.output[name] for name in ("embedding", "fer7")}),
        emotion_layout=FER2013,
        mouth=mouth,
        landmarks=np.arange(468),
    )


def scene(seed=0, side=96):
    random = np.random.default_rng(seed)
    picture = random.uniform(0, 255, (2, side, side, 3)).astype(np.float32)
    part = np.full((2, side, side), -1, np.int32)
    part[:, 20:80, 20:80] = SKIN
    seen = np.full((2, 468, 2), side * 0.6, np.float32)
    return picture, part, seen, np.full(2, 40.0, np.float32)


def test_the_picture_itself_costs_nothing(looks):
    picture, part, seen, distance = scene()
    told = looks(picture, picture / 255, part, seen, distance)
    for name in ("photometric", "lips"):
        np.testing.assert_allclose(told[name], 0, atol=1e-4)
    # The distance between named expressions is that of a distribution to itself.
    np.testing.assert_allclose(told["emotion"], 0, atol=1e-3)
    np.testing.assert_allclose(told["composite"], picture / 255, atol=1e-6)


def test_another_face_costs_and_every_loss_has_a_gradient(looks):
    picture, part, seen, distance = scene()
    image = tf.constant(scene(seed=1)[0] / 255)
    for name in ("photometric", "emotion", "lips"):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_sum(looks(picture, image, part, seen, distance)[name])
        gradient = np.asarray(tape.gradient(value, image))
        assert float(value) > 0 and np.abs(gradient).max() > 0 and np.isfinite(gradient).all(), name


def test_eyes_are_left_as_they_are_and_colours_count_on_skin_alone(looks):
    picture, part, seen, distance = scene()
    part[:, 30:40, 30:40] = EYES
    image = scene(seed=1)[0] / 255
    told = looks(picture, image, part, seen, distance)
    composite = np.asarray(told["composite"])
    np.testing.assert_allclose(composite[:, 30:40, 30:40], picture[:, 30:40, 30:40] / 255, atol=1e-6)
    changed = image.copy()
    changed[:, 30:40, 30:40] = 0
    again = looks(picture, changed, part, seen, distance)
    np.testing.assert_allclose(told["photometric"], again["photometric"], atol=1e-6)


def test_its_networks_are_not_trained(looks):
    assert not looks.trainable_weights


def test_any_keras_network_of_mouths_can_be_plugged_in(tmp_path):
    given = keras.Input((24, 32, 1))
    told = keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(given)))
    keras.Model(given, told).save(tmp_path / "lips.keras")
    network = load_mouth(tmp_path / "lips.keras")
    assert network.output.shape[-1] == 5
    looks = Looks(LAYOUT, emotion=None, emotion_layout=FER2013, mouth=network, landmarks=np.arange(468))
    picture, part, seen, distance = scene()
    told = looks(picture, scene(seed=1)[0] / 255, part, seen, distance)
    assert float(np.min(told["lips"])) > 0 and float(np.max(np.abs(told["emotion"]))) == 0
    assert (MouthConfig().height, MouthConfig().width) != network.input.shape[1:3]


def test_a_network_that_reads_something_else_is_refused(tmp_path):
    keras.Sequential([keras.Input((7,)), keras.layers.Dense(2)]).save(tmp_path / "other.keras")
    for file in (tmp_path / "other.keras", tmp_path / "missing.keras"):
        with pytest.raises(ModelFileError):
            load_mouth(file)
