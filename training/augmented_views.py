"""Changed views of face crops: the one place that knows what changes them.

Keras layers and not a library of augmentations: the same layer that trained the encoder, no further
package, and it runs within the network as well.
"""

from __future__ import annotations

import numpy as np

_BATCH = 256


def augmented_views(
    pictures: np.ndarray, count: int, *, size: int | None = None, seed: int = 1
) -> np.ndarray:
    """Flip, scale, turn, shift, relight and cover crops at random.

    Args:
        pictures: uint8 (N, S, S, 1) grey.
        count: views of each.
        size: side of the middle that is kept, pixels; None keeps all.
        seed: for repeatable views.

    Returns:
        uint8 (N, count, size, size, 1).
    """
    from emopoi.models.augmentation import FaceAugmentation

    size = size or pictures.shape[1]
    change = FaceAugmentation(
        size, scale=0.12, rotate_deg=10, shift=0.05, brightness=30, contrast=0.25, erase=0.25, seed=seed,
        dtype="float32",
    )  # fmt: skip
    views = np.empty((len(pictures), count, size, size, 1), np.uint8)
    for start in range(0, len(pictures), _BATCH):
        rows = slice(start, start + _BATCH)
        for number in range(count):
            views[rows, number] = np.rint(np.asarray(change(pictures[rows], training=True)))
    return views
