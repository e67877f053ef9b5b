"""Heads that read boredom and frustration off the expression network's embedding."""

from __future__ import annotations

import keras
from keras import layers

from emopoi.models.emotion import EmotionConfig

STATES = ("boredom", "frustration")
"""Order of the output."""


def build_states_network(config: EmotionConfig | None = None) -> keras.Model:
    """The heads: one weighted sum each.

    Input `embedding`: float32 (N, D), what the expression network gives.
    Output `states`: float32 (N, 2) in the order of `STATES`: log-odds that the state is shown
    strongly, where that is as likely as that it is not shown at all.
    """
    config = config or EmotionConfig()
    embedding = keras.Input((config.encoder.stages[-1][-1],), name="embedding")
    heads = layers.Dense(len(STATES), dtype="float32", name="states")(embedding)
    return keras.Model(embedding, {"states": heads}, name="states")
