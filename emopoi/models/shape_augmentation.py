"""Changes that the points of a face meet in life, as one Keras layer that vanishes at export."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops, random


@keras.saving.register_keras_serializable("emopoi")
class ShapeAugmentation(layers.Layer):
    """Mirrors and bends faces that are told by numbers along symmetric directions.

    The landmark network errs along the same directions in which faces differ, widely along wide ones, and
    each point on its own a little. Outside of training nothing is changed.

    Args:
        signs: float (D,), 1 or -1: what a mirror does to each number.
        spread: float (D,), standard deviation along each direction, outer-eye distances; the numbers have
            been divided by it.
        bend: largest standard deviation of what is added, over that of faces; drawn anew for each face.
        shake: the same of points on their own, outer-eye distances.
        seed: for repeatable runs.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        signs: np.ndarray,
        spread: np.ndarray,
        *,
        bend: float = 0.1,
        shake: float = 0.002,
        seed: int | None = None,
        **options,
    ):
        options.setdefault("dtype", "float32")
        super().__init__(**options)
        self.signs = np.asarray(signs, np.float32)
        shaken = shake / np.asarray(spread, np.float64)
        # Beyond its own spread a direction holds nothing that could be lost.
        self.widths = np.minimum(np.sqrt(bend**2 + shaken**2), 1.5).astype(np.float32)
        self.generator = random.SeedGenerator(seed)

    def call(self, numbers, training: bool = False):
        """float32 (N, D) -> the same."""
        numbers = ops.cast(numbers, "float32")
        if not training:
            return numbers
        count = ops.shape(numbers)[0]
        flip = random.uniform((count, 1), seed=self.generator) < 0.5
        numbers = ops.where(flip, numbers * self.signs, numbers)
        far = random.uniform((count, 1), seed=self.generator)
        shaken = random.normal((count, len(self.signs)), seed=self.generator)
        return numbers + far * shaken * self.widths

    def compute_output_shape(self, shape):
        """The same as the input's."""
        return shape


@keras.saving.register_keras_serializable("emopoi")
class FacesOfNumbers(layers.Layer):
    """Points of the faces that numbers tell.

    Args:
        mean: float (K,).
        directions: float (D, K), each as long as its spread.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, mean: np.ndarray, directions: np.ndarray, **options):
        options.setdefault("dtype", "float32")
        super().__init__(**options)
        self.mean, self.directions = np.asarray(mean, np.float32), np.asarray(directions, np.float32)

    def call(self, numbers):
        """float32 (N, D) -> (N, K)."""
        return self.mean + ops.matmul(numbers, self.directions)
