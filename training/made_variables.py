"""Makes what a compiled network keeps before its first step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from training.batches import pick, row_count


def make_variables(model: keras.Model, data: tuple[Any, ...]) -> None:
    """Make the variables of optimizer, losses and measures, so that a training step is traced once.

    With TensorFlow Keras would make them in the first step, and TensorFlow traces a function whose first
    call makes variables a second time: half of the time until a network of some depth begins to learn. The
    other backends make them beforehand by themselves.

    Args:
        model: compiled; its weights stay as they are.
        data: (inputs, targets[, sample_weights]) as `Model.fit` takes them, a row or more.
    """
    if keras.backend.backend() != "tensorflow":
        return
    model.optimizer.build(model.trainable_variables)
    rows = np.arange(min(2, row_count(data[0])))
    model.test_step(tuple(pick(part, rows) for part in data))
    model.reset_metrics()
