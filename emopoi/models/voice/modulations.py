"""How a voice moves: fixed filters over time and frequency, and how strongly each answers over a clip.

Derivatives of Gaussians at three lengths of time and a few widths of frequency, as auditory cortex and the
scattering transform have them (Chi et al. 2005; Andén & Mallat 2014): syllables, glides, harmonics, formants.
Nothing is learned here, so nothing can be learned by heart: with three thousand clips that is worth more than
the freedom of learned filters.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

_TIME_TAPS, _BAND_TAPS = 33, 15
_TIME_SPREADS = (1.5, 3.0, 6.0)  # frames
_BAND_FILTERS = ((0.6, 0), (1.0, 1), (2.0, 1), (3.5, 1), (1.0, 2), (2.0, 2))  # bands, derivative
GROUPS = 16
"""Groups of bands that answers are averaged over."""
_LEAST = 0.01


def time_filters() -> np.ndarray:
    """float32 (7, 33): smooth, then first and second derivatives of three lengths."""
    rows = [_gaussian(2.0, 0, _TIME_TAPS)]
    rows += [_gaussian(spread, order, _TIME_TAPS) for order in (1, 2) for spread in _TIME_SPREADS]
    return np.array(rows, np.float32)


def band_filters() -> np.ndarray:
    """float32 (6, 15): as it is, then edges and peaks of a few widths."""
    return np.array([_gaussian(spread, order, _BAND_TAPS) for spread, order in _BAND_FILTERS], np.float32)


def feature_count(bands: int = 64) -> int:
    """Numbers that `Modulations` gives."""
    return 2 * len(time_filters()) * len(_BAND_FILTERS) * GROUPS + 2 * bands + 1


@keras.saving.register_keras_serializable("emopoi")
class Modulations(layers.Layer):
    """Levelled frames (N, T, bands) and there (N, T) to features (N, F), F as `feature_count` tells.

    Of each of 42 filter pairs and 16 groups of bands the logarithm of the mean magnitude and of the spread
    over time; of each band the mean and the spread; and the logarithm of the length.
    """

    def build(self, mel_shape, there_shape):
        """Make the fixed filters."""
        times, bands = time_filters(), band_filters()
        self._times = ops.convert_to_tensor(times.T[:, None, None, :])
        self._bands = ops.convert_to_tensor(np.repeat(bands.T[None, :, None, :], len(times), axis=2))
        self._pairs = len(times) * len(bands)
        self.built = True

    def call(self, mel, there):
        """See the class."""
        bands = mel.shape[2]
        scaled = ops.cast(mel, "float32") * 1.25 + 2.5
        over_time = ops.conv(scaled[..., None], self._times, padding="same")
        answers = ops.depthwise_conv(over_time, self._bands, padding="same")
        there = ops.cast(there, "float32")
        length = ops.sum(there, axis=1, keepdims=True)
        share = (there / ops.maximum(length, 1.0))[:, :, None, None]
        magnitude = ops.sum(ops.abs(answers) * share, axis=1)
        mean = ops.sum(answers * share, axis=1)
        spread = _root(ops.sum(ops.square(answers) * share, axis=1) - ops.square(mean))
        smooth = over_time[..., 0]
        level = ops.sum(smooth * share[..., 0], axis=1)
        moved = _root(ops.sum(ops.square(smooth) * share[..., 0], axis=1) - ops.square(level))
        size = GROUPS * self._pairs

        def grouped(values):
            values = ops.reshape(values, (-1, GROUPS, bands // GROUPS, self._pairs))
            return ops.log(ops.reshape(ops.mean(values, axis=2), (-1, size)) + _LEAST)

        told = [grouped(magnitude), grouped(spread), level, moved, ops.log(length / 100.0 + 0.1)]
        return ops.concatenate(told, axis=1)

    def compute_output_shape(self, mel_shape, there_shape):
        """(N, F)."""
        return (mel_shape[0], feature_count(mel_shape[2]))


def _gaussian(spread: float, order: int, taps: int) -> np.ndarray:
    places = np.arange(taps) - (taps - 1) / 2
    bell = np.exp(-(places**2) / (2 * spread**2))
    shape = {0: bell, 1: -places * bell / spread, 2: (places**2 / spread**2 - 1) * bell}[order]
    shape = shape / np.abs(shape).sum()
    return shape - shape.mean() if order else shape


def _root(variance):
    return ops.sqrt(ops.maximum(variance, 0.0) + 1e-6)
