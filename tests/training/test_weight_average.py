import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.face_encoder import EncoderConfig
from training.weight_average import average_weights, refresh_norms

SMALL = EncoderConfig(stages=((4,), (8, 8)))


@given(st.floats(0, 1))
def test_a_mean_of_weights(share: float) -> None:
    one = [np.array([1.0, 3.0]), np.array([[2.0]])]
    other = [np.array([3.0, -1.0]), np.array([[2.0]])]
    first, second = average_weights(one, other, share)
    np.testing.assert_allclose(first, [3 - 2 * share, -1 + 4 * share])
    np.testing.assert_allclose(second, [[2.0]])


def test_norms_follow_the_pictures_and_weights_stay() -> None:
    keras.utils.set_random_seed(0)
    network = build_emotion_network(EmotionConfig(size=20, encoder=SMALL))
    pictures = np.random.default_rng(0).integers(180, 256, (32, 24, 24, 1), dtype=np.uint8)
    norm = network.get_layer("encoder_0_0_norm")
    before = np.array(norm.moving_mean)
    weights = [np.array(weight) for weight in network.trainable_weights]
    refresh_norms(network, pictures, batch=16, batches=3)
    assert np.abs(np.array(norm.moving_mean) - before).max() > 1e-4
    for one, other in zip(network.trainable_weights, weights, strict=True):
        np.testing.assert_array_equal(one, other)
