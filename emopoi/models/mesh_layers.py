"""Layers on a mesh whose edges never change: every face has the same 468 points."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("emopoi")
class Gather(layers.Layer):
    """Puts the channels of fixed neighbours side by side.

    The order of the neighbours is fixed, so each has weights of its own in the layer behind: a convolution
    along spirals (Lim et al. 2018, "A simple approach to intrinsic correspondence learning on unstructured
    3D meshes"), and with fewer centres than points a strided one.

    Args:
        neighbours: int (M, K), numbers of points; the centre itself first.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, neighbours, **options):
        super().__init__(**options)
        self.neighbours = np.asarray(neighbours, np.int32)

    def call(self, values):
        """Float (N, L, C) -> (N, M, K * C)."""
        taken = ops.take(values, self.neighbours.ravel(), axis=1)
        return ops.reshape(taken, (-1, len(self.neighbours), self.neighbours.shape[1] * values.shape[-1]))

    def get_config(self):
        """Arguments that make this layer again."""
        return {**super().get_config(), "neighbours": self.neighbours.tolist()}


@keras.saving.register_keras_serializable("emopoi")
class Mix(layers.Layer):
    """Mixes points by fixed weights: the mean of a point's neighbours, or of the points that are pooled.

    Args:
        weights: float (M, L).
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, weights, **options):
        super().__init__(**options)
        self.shares = np.asarray(weights, np.float32)

    def call(self, values):
        """Float (N, L, C) -> (N, M, C)."""
        return ops.einsum("ml,nlc->nmc", ops.cast(self.shares, values.dtype), values)

    def get_config(self):
        """Arguments that make this layer again."""
        return {**super().get_config(), "weights": self.shares.tolist()}


@keras.saving.register_keras_serializable("emopoi")
class OwnOffset(layers.Layer):
    """Adds a learned vector to each point, so that shared weights know a lip from a brow."""

    def build(self, shape):
        """One vector for each point."""
        self.offset = self.add_weight(shape=shape[1:], initializer="zeros", name="offset")

    def call(self, values):
        """Float (N, L, C) -> the same."""
        return values + ops.cast(self.offset, values.dtype)
