"""The one training loop: resumable, logged, stopped without loss.

A run is a folder: settings.json (what was asked for), last.weights.h5 (network, optimizer
and step), history.jsonl (one line an epoch). Killing a run costs at most the current epoch.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

CHECKPOINT = "last.weights.h5"


@dataclass(frozen=True)
class LoopSettings:
    """How a network is fitted; the network itself is the recipe's business.

    Attributes:
        epochs: passes over the data.
        batch: rows a step.
        learning_rate: peak, reached after the warm-up, then a cosine down to zero.
        warmup_epochs: linear rise from zero.
        weight_decay: decoupled, times the learning rate.
        momentum: Nesterov momentum; 0 chooses AdamW instead of SGD.
        seed: for weights, order and augmentation.
    """

    epochs: int
    batch: int = 96
    learning_rate: float = 0.05
    warmup_epochs: float = 2.0
    weight_decay: float = 5e-4
    momentum: float = 0.9
    clipnorm: float | None = None
    seed: int = 1

    def __post_init__(self):
        if self.epochs < 1 or self.batch < 1 or self.learning_rate <= 0:
            raise ValueError(f"epochs, batch and learning_rate are positive, got {self}")


def make_optimizer(settings: LoopSettings, rows: int) -> keras.optimizers.Optimizer:
    """SGD with Nesterov momentum (or AdamW), warm-up and cosine over all steps."""
    steps = max(1, -(-rows // settings.batch))
    warmup = int(settings.warmup_epochs * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate * 0.02 if warmup else settings.learning_rate,
        max(1, settings.epochs * steps - warmup),
        warmup_target=settings.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    common: dict[str, Any] = {"weight_decay": settings.weight_decay, "clipnorm": settings.clipnorm}
    if settings.momentum:
        optimizer = keras.optimizers.SGD(schedule, momentum=settings.momentum, nesterov=True, **common)
    else:
        optimizer = keras.optimizers.AdamW(schedule, **common)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


class _Diary(keras.callbacks.Callback):
    """Writes history and checkpoint after every epoch, each under a temporary name first."""

    def __init__(self, folder: Path, epochs: int):
        super().__init__()
        self.folder, self.epochs, self.started = folder, epochs, time.time()

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.time()

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, "seconds": round(time.time() - self.started, 1)}
        row |= {name: round(float(value), 5) for name, value in (logs or {}).items()}
        temporary = self.folder / "writing.weights.h5"
        self.model.save_weights(temporary)
        os.replace(temporary, self.folder / CHECKPOINT)
        with open(self.folder / "history.jsonl", "a") as file:
            file.write(json.dumps(row) + "\n")
        print(f"epoch {epoch + 1}/{self.epochs} " + json.dumps(row), file=sys.stderr, flush=True)


def run_loop(
    make_model,
    *,
    settings: LoopSettings,
    data: tuple[Any, ...],
    validation: tuple[Any, ...],
    folder: Path,
    resume: bool = False,
    facts: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> keras.Model:
    """Fit a compiled model, or go on where a run stopped.

    Args:
        make_model: called with (settings, rows); gives a compiled model.
        settings: see LoopSettings.
        data: (inputs, targets[, sample_weights]) as `Model.fit` takes them, arrays.
        validation: the same for validation.
        folder: of the run; made if missing.
        resume: go on from the checkpoint if the folder has one.
        facts: written to settings.json beside the settings.
        progress: a bar on stderr; by default only where a person watches.

    Returns:
        The fitted model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(settings.seed)
    rows = len(next(iter(data[0].values())) if isinstance(data[0], Mapping) else data[0])
    history, checkpoint = folder / "history.jsonl", folder / CHECKPOINT
    done = 0
    model = make_model(settings, rows)
    if resume and checkpoint.exists():
        # The optimizer's variables are in the file too, but only a built optimizer takes them.
        model.optimizer.build(model.trainable_variables)
        model.load_weights(checkpoint)
        done = len(history.read_text().splitlines())
        print(f"resuming after epoch {done}", file=sys.stderr, flush=True)
    else:
        history.unlink(missing_ok=True)
        described = {**vars(settings), "rows": rows, "parameters": model.count_params(), **(facts or {})}
        (folder / "settings.json").write_text(json.dumps(described, indent=2) + "\n")
    watch = sys.stderr.isatty() if progress is None else progress
    model.fit(
        *data[:2],
        sample_weight=data[2] if len(data) > 2 else None,
        validation_data=validation,
        batch_size=settings.batch,
        epochs=settings.epochs,
        initial_epoch=done,
        verbose=1 if watch else 0,
        callbacks=[_Diary(folder, settings.epochs)],
    )
    return model
