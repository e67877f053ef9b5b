"""Changes that a face crop meets in life, as one Keras layer that vanishes at export."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops, random


@keras.saving.register_keras_serializable("emopoi")
class FaceAugmentation(keras.layers.Layer):
    """Flip, scale, rotate and shift in one resampling, then light, colour and occlusion.

    One affine resampling instead of one for each change keeps small faces sharp. Works on
    every Keras backend. Outside of training it only cuts the centre.

    Args:
        size: side of the square that comes out, pixels; at most the side that goes in.
        scale: largest relative change of size (0.2 = from 1/1.2 to 1.2).
        rotate_deg: largest rotation, degrees.
        shift: largest shift as a fraction of the side.
        brightness: largest additive change, grey levels of 255.
        contrast: largest relative change of contrast around the picture's mean.
        erase: chance that a random rectangle is painted over.
        grey: chance that a colour picture loses its colour.
        tint: largest relative gain of each colour channel.
        mirror: whether half of the pictures are mirrored.
        seed: for repeatable runs.
    """

    def __init__(
        self,
        size: int,
        *,
        scale: float = 0.2,
        rotate_deg: float = 12.0,
        shift: float = 0.08,
        brightness: float = 40.0,
        contrast: float = 0.3,
        erase: float = 0.5,
        grey: float = 0.0,
        tint: float = 0.0,
        mirror: bool = True,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.size = size
        self.scale = scale
        self.rotate_deg = rotate_deg
        self.shift = shift
        self.brightness = brightness
        self.contrast = contrast
        self.erase = erase
        self.grey = grey
        self.tint = tint
        self.mirror = mirror
        self.seed = seed
        self.generator = random.SeedGenerator(seed)

    def call(self, pictures, training: bool = False):
        """uint8 or float (N, H, W, C) 0..255 -> float32 (N, size, size, C) 0..255."""
        return self._changed(pictures, training)[0]

    def _changed(self, pictures, training: bool):
        """What `call` gives, the affine map (N, 6) from its pixels to what went in, and it without covers."""
        pictures = ops.cast(pictures, "float32")
        count, height, width = ops.shape(pictures)[0], *pictures.shape[1:3]
        top, left = (height - self.size) // 2, (width - self.size) // 2
        if training:
            transforms = self._transforms(count, height, width)
            pictures = ops.image.affine_transform(pictures, transforms, fill_mode="nearest")
        else:
            rest = np.array([[1, 0, 0, 0, 1, 0, 0, 0]], np.float32)
            transforms = ops.ones((count, 1)) * rest
        pictures = pictures[:, top : top + self.size, left : left + self.size, :]
        if training:
            pictures = self._relight(pictures)
        whole, pictures = pictures, self._occlude(pictures) if training else pictures
        corner = np.array([left, top, 1.0], np.float32)
        moved = ops.reshape(transforms[:, :6], (-1, 2, 3))
        places = ops.concatenate([moved[:, :, :2], ops.matmul(moved, corner[:, None])], axis=2)
        return pictures, ops.reshape(places, (-1, 6)), whole

    def _uniform(self, shape, low, high):
        return random.uniform(shape, low, high, seed=self.generator)

    def _transforms(self, count, height: int, width: int):
        """Rows of the projective transform that maps output to input pixels."""
        limit = math.log1p(self.scale)
        scale = ops.exp(self._uniform((count,), -limit, limit))
        angle = self._uniform((count,), -1.0, 1.0) * math.radians(self.rotate_deg)
        # Drawn in any case, so that the other changes are the same with and without it.
        chosen = self._uniform((count,), 0.0, 1.0) < 0.5
        mirror = ops.where(chosen, -1.0 if self.mirror else 1.0, 1.0)
        cosine, sine = ops.cos(angle) * scale, ops.sin(angle) * scale
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        shift_x = middle_x + self._uniform((count,), -self.shift, self.shift) * width
        shift_y = middle_y + self._uniform((count,), -self.shift, self.shift) * height
        a0, a1 = cosine * mirror, -sine
        b0, b1 = sine * mirror, cosine
        zero = ops.zeros_like(scale)
        return ops.stack(
            [
                a0, a1, shift_x - a0 * middle_x - a1 * middle_y,
                b0, b1, shift_y - b0 * middle_x - b1 * middle_y,
                zero, zero,
            ],
            axis=1,
        )  # fmt: skip

    def _relight(self, pictures):
        count, channels = ops.shape(pictures)[0], pictures.shape[-1]
        column = (count, 1, 1, 1)
        if channels == 3 and self.grey:
            luma = ops.sum(pictures * ops.array([0.299, 0.587, 0.114]), axis=-1, keepdims=True)
            pictures = ops.where(self._uniform(column, 0.0, 1.0) < self.grey, luma + 0.0 * pictures, pictures)
        if channels == 3 and self.tint:
            pictures = pictures * self._uniform((count, 1, 1, 3), 1.0 - self.tint, 1.0 + self.tint)
        mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
        gain = self._uniform(column, 1.0 - self.contrast, 1.0 + self.contrast)
        offset = self._uniform(column, -self.brightness, self.brightness)
        return ops.clip((pictures - mean) * gain + mean + offset, 0.0, 255.0)

    def _occlude(self, pictures):
        count = ops.shape(pictures)[0]
        column = (count, 1, 1, 1)
        grid = ops.arange(self.size, dtype="float32") / self.size
        rows, columns = ops.reshape(grid, (1, -1, 1, 1)), ops.reshape(grid, (1, 1, -1, 1))
        half_height, half_width = self._uniform(column, 0.05, 0.22), self._uniform(column, 0.05, 0.22)
        inside = ops.logical_and(
            ops.abs(rows - self._uniform(column, 0.0, 1.0)) < half_height,
            ops.abs(columns - self._uniform(column, 0.0, 1.0)) < half_width,
        )
        chosen = self._uniform(column, 0.0, 1.0) < self.erase
        paint = self._uniform(column, 0.0, 255.0)
        return ops.where(ops.logical_and(inside, chosen), paint + 0.0 * pictures, pictures)

    def get_config(self):
        """Arguments that make this layer again."""
        names = (
            "size", "scale", "rotate_deg", "shift", "brightness", "contrast", "erase", "grey", "tint",
            "mirror", "seed",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("emopoi")
class TracedAugmentation(FaceAugmentation):
    """The same changes, told: for networks that say where something is."""

    def call(self, pictures, training: bool = False):
        """Change pictures.

        Returns:
            Pictures float32 (N, size, size, C) 0..255; float32 (N, 6), rows of the affine map from their
            pixels to those of what went in, its determinant negative where a picture is mirrored; and the
            pictures once more without what covers a part of them.
        """
        return self._changed(pictures, training)
