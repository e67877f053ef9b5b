"""Sharpness-aware minimization (Foret et al. 2021) as a Keras model, TensorFlow backend."""

from __future__ import annotations

import keras
import tensorflow as tf


class SharpnessAwareModel(keras.Model):
    """Each step looks at the gradient where the loss nearby is highest. A step costs two.

    Attributes:
        radius: how far away, in the norm of all weights together.
    """

    radius = 0.05

    def train_step(self, data):
        """One step, as `Model.fit` calls it."""
        inputs, targets, weights = keras.utils.unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self(inputs, training=True)
            loss = self.compute_loss(inputs, targets, outputs, weights)
        first = tape.gradient(loss, variables)
        scale = self.radius / (tf.linalg.global_norm(first) + 1e-12)
        moves = [gradient * tf.cast(scale, gradient.dtype) for gradient in first]
        for variable, move in zip(variables, moves, strict=True):
            variable.assign_add(move)
        with tf.GradientTape() as tape:
            nearby = self.compute_loss(inputs, targets, self(inputs, training=True), weights)
        second = tape.gradient(nearby, variables)
        for variable, move in zip(variables, moves, strict=True):
            variable.assign_sub(move)
        self.optimizer.apply(second, variables)
        return self.compute_metrics(inputs, targets, outputs, weights)
