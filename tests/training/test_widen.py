"""A widened network answers as the narrow one did, and its copies are told apart."""

import keras
import numpy as np
import pytest

from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.face_encoder import EncoderConfig
from training.widen import widen

NARROW = EncoderConfig(stages=((4,), (6, 6), (8, 8)))
WIDE = EncoderConfig(stages=((8,), (10, 10), (16, 16)))


def network(encoder):
    return build_emotion_network(EmotionConfig(size=24, encoder=encoder))


@pytest.fixture(scope="module")
def pair():
    keras.utils.set_random_seed(3)
    narrow, wide = network(NARROW), network(WIDE)
    random = np.random.default_rng(0)
    # Norms as training leaves them: no two channels alike.
    narrow.set_weights(
        [random.uniform(0.3, 0.9, w.shape) if w.ndim == 1 else w for w in narrow.get_weights()]
    )
    widen(narrow, wide)
    return narrow, wide


def test_answers_are_the_same(pair):
    narrow, wide = pair
    faces = np.random.default_rng(1).normal(size=(5, 24, 24, 1)).astype("float32")
    asked, told = narrow(faces), wide(faces)
    for name in ("fer7", "ferplus8"):
        np.testing.assert_allclose(told[name], asked[name], rtol=1e-4, atol=1e-4)


def test_copies_of_a_channel_have_weights_of_their_own(pair):
    kernel = pair[1].get_layer("encoder_1_0_conv").get_weights()[0]
    assert np.abs(kernel[:, :, :4] - kernel[:, :, 4:]).max() > 0.01


def test_a_narrower_network_is_refused(pair):
    with pytest.raises(ValueError, match="can not be widened"):
        widen(pair[1], pair[0])


def test_a_deeper_network_is_refused(pair):
    deeper = network(EncoderConfig(stages=((8,), (10, 10), (16, 16), (16, 16))))
    with pytest.raises(ValueError, match="no such layer"):
        widen(pair[0], deeper)
