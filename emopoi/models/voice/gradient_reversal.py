"""Turns a gradient round: what lies before learns to make what lies behind fail (Ganin & Lempitsky 2015)."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable("emopoi")
class GradientReversal(keras.layers.Layer):
    """The identity whose gradient is multiplied by -strength.

    Args:
        strength: 0 cuts the gradient off.
    """

    def __init__(self, strength: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, tensor):
        """The tensor itself."""
        # x = -s x + (1 + s) x, the second term without a gradient: works on every backend.
        return ops.stop_gradient((1.0 + self.strength) * tensor) - self.strength * tensor

    def get_config(self):
        """Arguments that make this layer again."""
        return {**super().get_config(), "strength": self.strength}
