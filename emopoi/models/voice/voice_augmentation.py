"""Changes that a voice meets in life, on levelled log-mel frames, as one Keras layer that vanishes at export.

Everything is done on frames, where it is cheap: a Hann window's power adds for sounds that do not know of
each other, so noise adds in power, a room's reverberation is a decaying sum of past power, a speaker with
another vocal tract has another scale of frequency (Jaitly & Hinton 2013, vocal tract length perturbation),
and a microphone is an offset of every band. Masks are those of SpecAugment (Park et al. 2019).
"""

from __future__ import annotations

import math

import keras
from keras import ops, random

from emopoi.preprocess.voice_level import FLOOR, LN_A_DB, SCALE


@keras.saving.register_keras_serializable("emopoi")
class VoiceAugmentation(keras.layers.Layer):
    """Cut a piece, at another speed; another throat, room, microphone, noise and level; masks.

    Outside of training it only cuts the start.

    Args:
        frames: that come out.
        speed: largest relative change of pace (0.2 = from 1/1.2 to 1.2).
        throat: largest relative change of the frequency scale.
        pitch: largest shift along the bands, bands.
        noise: chance that a clip gets noise, 8 to 45 dB under its level.
        room: chance of reverberation.
        colour_db: largest change of a band's gain by the microphone.
        level_db: largest error of the level.
        masks: masks of either kind.
        mask_frames: longest mask in time.
        mask_bands: widest mask in frequency.
        seed: for repeatable runs.
    """

    def __init__(
        self,
        frames: int,
        *,
        speed: float = 0.2,
        throat: float = 0.12,
        pitch: float = 3.0,
        noise: float = 0.5,
        room: float = 0.3,
        colour_db: float = 6.0,
        level_db: float = 3.0,
        masks: int = 2,
        mask_frames: int = 24,
        mask_bands: int = 8,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.frames, self.speed, self.throat, self.pitch = frames, speed, throat, pitch
        self.noise, self.room, self.colour_db, self.level_db = noise, room, colour_db, level_db
        self.masks, self.mask_frames, self.mask_bands, self.seed = masks, mask_frames, mask_bands, seed
        self.generator = random.SeedGenerator(seed)

    def call(self, mel, counts, training: bool = False):
        """Change clips.

        Args:
            mel: float (N, T, bands), levelled, padded with the floor.
            counts: whole (N,), frames of each clip.
            training: whether anything is changed.

        Returns:
            float32 (N, frames, bands) and float32 (N, frames), 1 where a frame is of the clip.
        """
        mel = ops.cast(mel, "float32")
        counts = ops.cast(counts, "float32")
        if training:
            mel, counts = self._moved(mel, counts)
        else:
            lacking = max(0, self.frames - mel.shape[1])
            mel = ops.pad(mel, ((0, 0), (0, lacking), (0, 0)), constant_values=FLOOR)[:, : self.frames]
        there = ops.cast(ops.arange(self.frames, dtype="float32")[None] < counts[:, None], "float32")
        if training:
            mel = self._masked(self._noisy(self._coloured(self._in_a_room(mel))), counts)
        return ops.where(there[..., None] > 0, mel, FLOOR), there

    def _uniform(self, shape, low: float, high: float):
        return random.uniform(shape, low, high, seed=self.generator)

    def _moved(self, mel, counts):
        """Resample time and bands; cut where the clip is too long."""
        rows, bands = ops.shape(mel)[0], mel.shape[2]
        limit = math.log1p(self.speed)
        pace = ops.exp(self._uniform((rows, 1), -limit, limit))
        room_left = ops.maximum(counts[:, None] - self.frames * pace, 0.0)
        start = room_left * self._uniform((rows, 1), 0.0, 1.0)
        times = start + ops.arange(self.frames, dtype="float32")[None] * pace
        mel = sampled(mel, ops.minimum(times, counts[:, None] - 1.0), 1)
        left = ops.floor((counts - start[:, 0]) / pace[:, 0])
        limit = math.log1p(self.throat)
        scale = ops.exp(self._uniform((rows, 1), -limit, limit))
        shift = self._uniform((rows, 1), -self.pitch, self.pitch)
        middle = (bands - 1) / 2
        places = (ops.arange(bands, dtype="float32")[None] - middle) * scale + middle + shift
        return sampled(mel, ops.clip(places, 0.0, bands - 1.0), 2), ops.minimum(left, float(self.frames))

    def _in_a_room(self, mel):
        rows = ops.shape(mel)[0]
        fall = self._uniform((rows, 1, 1), 4.0, 25.0)
        share = self._uniform((rows, 1, 1), 0.02, 0.25) * ops.cast(
            self._uniform((rows, 1, 1), 0.0, 1.0) < self.room, "float32"
        )
        steps = ops.arange(self.frames, dtype="float32")
        past = steps[:, None] - steps[None]
        kernel = ops.where(past[None] > 0, ops.exp(-past[None] / fall), 0.0) * share
        power = ops.exp(mel / SCALE)
        return ops.log(power + ops.matmul(kernel, power)) * SCALE

    def _coloured(self, mel):
        rows, bands = ops.shape(mel)[0], mel.shape[2]
        # A few random points, joined by straight lines over the bands.
        knots = self._uniform((rows, 6), -self.colour_db, self.colour_db) * LN_A_DB * SCALE
        places = ops.tile(ops.linspace(0.0, 5.0, bands)[None], (rows, 1))
        curve = sampled(knots[..., None], places, 1)[..., 0]
        level = self._uniform((rows, 1, 1), -self.level_db, self.level_db) * LN_A_DB * SCALE
        return ops.maximum(mel + curve[:, None] + level, FLOOR)

    def _noisy(self, mel):
        rows, bands = ops.shape(mel)[0], mel.shape[2]
        under = self._uniform((rows, 1, 1), 8.0, 45.0)
        tilt = self._uniform((rows, 1, 1), -10.0, 10.0) * ops.linspace(-1.0, 1.0, bands)
        # Band power of noise over a few transform bins spreads by some 3 dB.
        grain = random.normal(ops.shape(mel), 0.0, 3.0, seed=self.generator)
        noise = (tilt + grain - under) * LN_A_DB
        chosen = self._uniform((rows, 1, 1), 0.0, 1.0) < self.noise
        return ops.where(chosen, ops.log(ops.exp(mel / SCALE) + ops.exp(noise)) * SCALE, mel)

    def _masked(self, mel, counts):
        rows, bands = ops.shape(mel)[0], mel.shape[2]
        times, places = (
            ops.arange(self.frames, dtype="float32")[None],
            ops.arange(bands, dtype="float32")[None],
        )
        paint = ops.mean(mel, axis=(1, 2), keepdims=True)
        for _ in range(self.masks):
            # Not more than a seventh of a short clip.
            long = self._uniform((rows, 1), 0.0, 1.0) * ops.minimum(counts[:, None] / 7, self.mask_frames)
            at = self._uniform((rows, 1), 0.0, 1.0) * (counts[:, None] - long)
            hidden = ops.logical_and(times >= at, times < at + long)
            mel = ops.where(hidden[..., None], paint, mel)
            wide = self._uniform((rows, 1), 0.0, float(self.mask_bands))
            low = self._uniform((rows, 1), 0.0, 1.0) * (bands - wide)
            hidden = ops.logical_and(places >= low, places < low + wide)
            mel = ops.where(hidden[:, None], paint, mel)
        return mel

    def get_config(self):
        """Arguments that make this layer again."""
        names = (
            "frames", "speed", "throat", "pitch", "noise", "room", "colour_db", "level_db", "masks",
            "mask_frames", "mask_bands", "seed",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def sampled(values, places, axis: int):
    """Linear interpolation of (N, T, C) along axis 1 or 2 at places (N, K), which lie inside."""
    last = values.shape[axis] - 1
    below = ops.clip(ops.floor(places), 0.0, float(last))
    share = places - below
    low = ops.cast(below, "int32")
    high = ops.minimum(low + 1, last)
    # As one product with a sparse matrix written out: on CPUs faster than gathering.
    wide = (
        ops.one_hot(low, last + 1) * (1.0 - share)[..., None] + ops.one_hot(high, last + 1) * share[..., None]
    )
    return ops.matmul(wide, values) if axis == 1 else ops.matmul(values, ops.transpose(wide, (0, 2, 1)))
