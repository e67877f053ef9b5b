"""A wider network that starts as the narrow one: same answers, more weights to learn with.

Chen et al. 2016 ("Net2Net: Accelerating learning via knowledge transfer"). Channels are repeated;
what a repeated channel passes on is shared out at random among its copies, so that the sum is what
it was and the copies still learn apart.
"""

from __future__ import annotations

import keras
import numpy as np


def widen(narrow: keras.Model, wide: keras.Model, *, seed: int = 0) -> None:
    """Set `wide`'s weights so that it answers as `narrow` does.

    Args:
        narrow: convolutions, batch norms and dense layers, outputs of a fixed size.
        wide: the same layers by name, channels a multiple or more of the narrow ones.
        seed: of the shares.

    Raises:
        ValueError: a layer of `wide` has no namesake, or fewer channels than it.
    """
    random = np.random.default_rng(seed)
    for layer in wide.layers:
        if not layer.weights:
            continue
        try:
            source = narrow.get_layer(layer.name)
        except ValueError as error:
            raise ValueError(f"{layer.name}: the narrow network has no such layer") from error
        pairs = zip(source.get_weights(), layer.get_weights(), strict=True)
        layer.set_weights([_widened(old, new.shape, random) for old, new in pairs])


def _widened(old: np.ndarray, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """One weight: repeated along its outputs (last axis), shared out along its inputs (the one before)."""
    if len(shape) != old.ndim or any(new < was for new, was in zip(shape, old.shape, strict=True)):
        raise ValueError(f"a weight of shape {old.shape} can not be widened to {shape}")
    outputs = np.arange(shape[-1]) % old.shape[-1]
    repeated = old[..., outputs]
    if old.ndim == 1:
        return repeated
    inputs = np.arange(shape[-2]) % old.shape[-2]
    share = random.uniform(0.2, 1.0, (shape[-2], shape[-1]))
    total = np.zeros((old.shape[-2], shape[-1]))
    np.add.at(total, inputs, share)
    return (repeated[..., inputs, :] * (share / total[inputs])).astype(old.dtype)
