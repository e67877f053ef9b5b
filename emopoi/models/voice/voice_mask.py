"""Changes of levelled frames that keep their time: another throat and pitch, microphone, noise, masked bands.

What is said stays, who says it and how high does not: a code that is learned from changed frames and told to
give unchanged ones has no use for either (information perturbation, Choi et al. 2021).
"""

from __future__ import annotations

import math

import keras
from keras import ops, random

from emopoi.models.voice.voice_augmentation import sampled
from emopoi.preprocess.voice_level import FLOOR, LN_A_DB, SCALE


@keras.saving.register_keras_serializable("emopoi")
class VoiceMask(keras.layers.Layer):
    """For networks that follow a voice step by step; outside of training nothing is changed.

    Args:
        throat: largest relative change of the frequency scale.
        pitch: largest shift along the bands, bands.
        tilt_db: largest gain of the highest bands against the lowest by a microphone.
        level_db: largest error of the level.
        noise_db: noise lies so far under the level or further.
        mask_bands: widest mask in frequency.
        seed: for repeatable runs.
    """

    def __init__(
        self, *, throat: float = 0.12, pitch: float = 3.0, tilt_db: float = 8.0, level_db: float = 3.0,
        noise_db: float = 20.0, mask_bands: int = 6, seed: int | None = None, **kwargs,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.throat, self.pitch = throat, pitch
        self.tilt_db, self.level_db, self.noise_db = tilt_db, level_db, noise_db
        self.mask_bands, self.seed = mask_bands, seed
        self.generator = random.SeedGenerator(seed)

    def call(self, mel, training: bool = False):
        """Float (N, T, bands) levelled, to float32 of the same shape."""
        mel = ops.cast(mel, "float32")
        if not training:
            return mel
        rows, bands = ops.shape(mel)[0], mel.shape[2]
        column = (rows, 1, 1)
        middle = (bands - 1) / 2
        scale = ops.exp(self._uniform((rows, 1), -math.log1p(self.throat), math.log1p(self.throat)))
        places = (ops.arange(bands, dtype="float32")[None] - middle) * scale + middle
        places = places + self._uniform((rows, 1), -self.pitch, self.pitch)
        mel = sampled(mel, ops.clip(places, 0.0, bands - 1.0), 2)
        tilt = self._uniform(column, -self.tilt_db, self.tilt_db) * ops.linspace(-0.5, 0.5, bands)
        level = self._uniform(column, -self.level_db, self.level_db)
        mel = ops.maximum(mel + (tilt + level) * LN_A_DB * SCALE, FLOOR)
        noise = -self._uniform(column, self.noise_db, self.noise_db + 35.0) * LN_A_DB
        mel = ops.log(ops.exp(mel / SCALE) + ops.exp(noise)) * SCALE
        places = ops.arange(bands, dtype="float32")[None, None]
        wide = self._uniform(column, 0.0, float(self.mask_bands))
        low = self._uniform(column, 0.0, 1.0) * (bands - wide)
        hidden = ops.logical_and(places >= low, places < low + wide)
        return ops.where(hidden, ops.mean(mel, axis=(1, 2), keepdims=True), mel)

    def _uniform(self, shape, low: float, high: float):
        return random.uniform(shape, low, high, seed=self.generator)

    def get_config(self):
        """Arguments that make this layer again."""
        names = ("throat", "pitch", "tilt_db", "level_db", "noise_db", "mask_bands", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
