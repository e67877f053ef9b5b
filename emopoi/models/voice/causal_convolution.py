"""Convolutions over time that look back only, and leave out what lacks a past instead of inventing one.

Each takes T steps and gives fewer: the form for training reads a stretch with its past before it, the form
for a stream the same number of steps each time, the past kept from call to call. Both compute the same.
"""

from __future__ import annotations

from keras import layers


def separable_block(tensor, width: int, dilation: int, name: str):
    """Depthwise over time (3 taps), then between channels, added to what came in: T to T - 2 * dilation."""
    inner = layers.DepthwiseConv1D(3, dilation_rate=dilation, use_bias=False, name=f"{name}_time")(tensor)
    inner = layers.Conv1D(width, 1, use_bias=False, name=f"{name}_channels")(inner)
    inner = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(inner)
    inner = layers.ReLU(name=f"{name}_relu")(inner)
    past = layers.Cropping1D((2 * dilation, 0), name=f"{name}_past")(tensor)
    return layers.Add(name=f"{name}_add")([past, inner])


def film_block(tensor, width: int, dilation: int, scale, shift, name: str):
    """A dilated convolution whose channels are scaled and shifted from outside (FiLM, Perez et al. 2018).

    Args:
        tensor: (N, T, width).
        width: channels.
        dilation: steps between the three taps.
        scale: (N, 1, width), 0 leaves as it is.
        shift: (N, 1, width).
        name: prefix of the layers' names.

    Returns:
        (N, T - 2 * dilation, width).
    """
    inner = layers.Conv1D(width, 3, dilation_rate=dilation, use_bias=False, name=f"{name}_conv")(tensor)
    inner = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(inner)
    scaled = layers.Multiply(name=f"{name}_scale")([inner, scale])
    inner = layers.Add(name=f"{name}_shift")([inner, scaled, shift])
    inner = layers.ReLU(name=f"{name}_relu")(inner)
    past = layers.Cropping1D((2 * dilation, 0), name=f"{name}_past")(tensor)
    return layers.Add(name=f"{name}_add")([past, inner])
