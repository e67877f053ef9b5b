"""Optimizers and learning rates of the recipes."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("emopoi")
class HoldThenFall(keras.optimizers.schedules.LearningRateSchedule):
    """Linear rise, a plateau, and a linear fall to zero over the last steps.

    A plateau can be prolonged from any of its checkpoints, a cosine can not (Hägele et al. 2024,
    "Scaling laws and compute-optimal training beyond fixed training durations").

    Args:
        peak: learning rate of the plateau.
        rise: steps of the rise.
        fall: steps of the fall.
        steps: all steps.
    """

    def __init__(self, peak: float, rise: int, fall: int, steps: int):
        self.peak, self.rise, self.fall, self.steps = peak, rise, fall, steps

    def __call__(self, step):
        """Learning rate at a step."""
        step = ops.cast(step, "float32")
        up = (step + 1) / max(1, self.rise)
        down = (self.steps - step) / max(1, self.fall)
        return self.peak * ops.clip(ops.minimum(up, down), 0.0, 1.0)

    def get_config(self):
        """Arguments that make this schedule again."""
        return {"peak": self.peak, "rise": self.rise, "fall": self.fall, "steps": self.steps}


@keras.saving.register_keras_serializable("emopoi")
class KernelMuon(keras.optimizers.Muon):
    """Keras's Muon, which orthogonalizes the updates of matrices, for convolution kernels too.

    A kernel (height, width, in, out) counts as the matrix (height * width * in, out), as in
    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks". Heads, norms
    and the first convolution, whose matrix is too thin to gain, take AdamW's step.
    """

    THINNEST = 32

    def _should_use_adamw(self, variable):
        if len(variable.shape) != 4:
            return True
        height, width, channels, _ = variable.shape
        return height * width * channels < self.THINNEST

    def _muon_update_step(self, gradient, variable, lr, m):
        self.assign_add(m, ops.add(gradient, m * (self.momentum - 1)))
        update = ops.add(gradient, self.momentum * m) if self.nesterov else m
        # The iteration is not exact anyway: bfloat16, as in its authors' own code.
        matrix = ops.cast(ops.reshape(update, (-1, variable.shape[-1])), "bfloat16")
        matrix = ops.cast(self.zeropower_via_newtonschulz5(matrix, self.ns_steps), variable.dtype)
        step = ops.cast(lr, variable.dtype) * self.lr_adjust(matrix)
        self.assign_sub(variable, ops.reshape(step, variable.shape))


def make_optimizer(settings, rows: int) -> keras.optimizers.Optimizer:
    """The optimizer that `LoopSettings` ask for, its learning rate laid out over all steps.

    Args:
        settings: `training.loop.LoopSettings`.
        rows: training rows of an epoch.
    """
    steps = max(1, -(-rows // settings.batch))
    warmup = int(settings.warmup_epochs * steps)
    if settings.fall_epochs:
        schedule = HoldThenFall(
            settings.learning_rate, warmup, int(settings.fall_epochs * steps), settings.epochs * steps
        )
    else:
        schedule = keras.optimizers.schedules.CosineDecay(
            settings.learning_rate * 0.02 if warmup else settings.learning_rate,
            max(1, settings.epochs * steps - warmup),
            warmup_target=settings.learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    common: dict[str, Any] = {
        "weight_decay": settings.weight_decay,
        "clipnorm": settings.clipnorm,
        "use_ema": bool(settings.ema),
        "ema_momentum": settings.ema or 0.99,
    }
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(schedule, momentum=settings.momentum, nesterov=True, **common)
    elif settings.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(schedule, **common)
    else:
        # Heads and norms bear no more than Adam's usual rate.
        optimizer = KernelMuon(schedule, adam_lr_ratio=0.3, **common)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer
