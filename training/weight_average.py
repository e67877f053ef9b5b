"""The mean of two networks' weights: one that is nearer to the middle of a wide minimum.

Wortsman et al. 2022 ("Model soups: averaging weights of multiple fine-tuned models improves accuracy
without increasing inference time"). Works where one run went on from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from emopoi.export.input_levels import MEAN, STD


def average_weights(one: Sequence[np.ndarray], other: Sequence[np.ndarray], share: float) -> list[np.ndarray]:
    """`share` of one's weights, the rest of the other's.

    Args:
        one: of `Model.get_weights`.
        other: the same shapes.
        share: 0..1.
    """
    return [share * a + (1 - share) * b for a, b in zip(one, other, strict=True)]


def refresh_norms(
    network: keras.Model,
    pictures: np.ndarray,
    *,
    batch: int,
    batches: int = 100,
    view: Callable[[np.ndarray], Any] | None = None,
) -> None:
    """Measure the batch norms' means and variances anew: those that are kept belong to other weights.

    Averaged weights have never been trained, and what training keeps is a mean over weights that were still
    moving (Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm"). Its weights stay as they are.

    Args:
        network: its norms are changed.
        pictures: uint8 (N, H, H, C) of training.
        batch: rows at once.
        batches: how many of them; all count alike.
        view: makes of a batch of pictures what the network sees; the normalised middle, every second batch
            mirrored, where None.
    """
    random = np.random.default_rng(0)
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for index in range(batches):
        for layer in norms:
            layer.momentum = index / (index + 1)
        chosen = pictures[random.integers(0, len(pictures), batch)]
        network(view(chosen) if view else _middle(chosen, network, mirrored=index % 2 > 0), training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum


def _middle(pictures: np.ndarray, network: keras.Model, *, mirrored: bool) -> np.ndarray:
    size = network.inputs[0].shape[1]
    start = (pictures.shape[1] - size) // 2
    cut = slice(start, start + size)
    middle = pictures[:, cut, cut]
    return ((middle[:, :, ::-1] if mirrored else middle).astype(np.float32) - MEAN) / STD
