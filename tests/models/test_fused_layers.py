"""The fused layers do what Keras's own do, forwards, backwards and in what they keep."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from emopoi.models.emotion import build_emotion_network
from emopoi.models.fused_layers import BatchNormalization, ReLU


def _random(*shape):
    return np.random.default_rng(0).normal(1.0, 3.0, shape).astype(np.float32)


def _gradients(layer, inputs):
    weights = [tf.convert_to_tensor(_random(*inputs.shape)), inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        result = layer(inputs, training=True)
        value = tf.reduce_sum(tf.cast(result, tf.float32) * weights[0])
    return result, tape.gradient(value, [inputs, *layer.trainable_weights])


@pytest.mark.parametrize("shape", [(4, 6, 5, 8), (2, 1, 1, 3)])
def test_batch_normalisation_is_keras(shape):
    inputs = tf.constant(_random(*shape))
    own, theirs = BatchNormalization(momentum=0.9), keras.layers.BatchNormalization(momentum=0.9)
    for layer in (own, theirs):
        layer.build(shape)
        layer.gamma.assign(np.linspace(0.5, 2.0, shape[-1]))
        layer.beta.assign(np.linspace(-1.0, 1.0, shape[-1]))
    (result, found), (asked, expected) = _gradients(own, inputs), _gradients(theirs, inputs)
    np.testing.assert_allclose(result, asked, atol=2e-5)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    for one, other in zip(own.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(own(inputs), theirs(inputs), atol=1e-5)


def test_a_frozen_layer_keeps_its_numbers():
    layer = BatchNormalization()
    layer.build((2, 4, 4, 3))
    layer.trainable = False
    before = [w.numpy() for w in layer.weights]
    layer(_random(2, 4, 4, 3), training=True)
    for was, is_now in zip(before, layer.weights, strict=True):
        np.testing.assert_array_equal(was, is_now)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_relu_and_its_gradient(policy):
    inputs = tf.constant([[-2.0, -0.0, 0.5, 3.0]])
    layer = ReLU(dtype=policy)
    result, (gradient,) = _gradients(layer, inputs)
    np.testing.assert_array_equal(tf.cast(result, tf.float32), [[0, 0, 0.5, 3.0]])
    np.testing.assert_array_equal(np.asarray(gradient)[0] != 0, [False, False, True, True])


def test_numbers_that_are_none_stay_so():
    """A run that diverges has to be seen."""
    told = ReLU(dtype="mixed_bfloat16")(tf.constant([[np.nan, -np.nan, 1.0]]), training=True)
    assert np.isnan(np.asarray(tf.cast(told, tf.float32))[0, :2]).all()


def test_files_of_weights_name_the_layers_as_before(tmp_path):
    import h5py

    build_emotion_network().save_weights(tmp_path / "network.weights.h5")
    with h5py.File(tmp_path / "network.weights.h5") as file:
        assert "batch_normalization" in file["layers"]
