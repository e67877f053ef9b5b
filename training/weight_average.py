"""The mean of two networks' weights: one that is nearer to the middle of a wide minimum.

Wortsman et al. 2022 ("Model soups: averaging weights of multiple fine-tuned models improves accuracy
without increasing inference time"). Works where one run went on from the other.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def refresh_norms(network: keras.Model, pictures: np.ndarray, *, batch: int, batches: int = 100) -> None:
    """Measure the batch norms' means and variances anew: averaged weights have others.

    Args:
        network: its size is cut out of the pictures' middle; every second batch is mirrored. Its
            weights stay as they are.
        pictures: uint8 (N, H, H, C) of training.
        batch: rows at once.
        batches: how many of them.
    """
    size = network.inputs[0].shape[1]
    start = (pictures.shape[1] - size) // 2
    cut = slice(start, start + size)
    random = np.random.default_rng(0)
    for index in range(batches):
        chosen = pictures[random.integers(0, len(pictures), batch)][:, cut, cut]
        views = chosen[:, :, ::-1] if index % 2 else chosen
        network((views.astype(np.float32) - MEAN) / STD, training=True)
