"""The one training loop: resumable, logged, stopped without loss.

A run is a folder (`training.run_folder`). Killing a run costs at most the current epoch, and what
comes after a resume is what would have come without the kill.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emopoi.errors import InputError
from training.devices import share_statistics, shared_by
from training.errors import DivergedError
from training.made_variables import make_variables
from training.run_facts import CIRCUMSTANCES, differences, run_facts
from training.run_folder import CHECKPOINT, RunFolder
from training.shards import ShardedRows, batches_of, rows_of
from training.tracking import make_tracker

__all__ = ["CHECKPOINT", "LoopSettings", "run_loop"]

OPTIMIZERS = ("sgd", "adamw", "muon")
VALIDATION_BATCH = 512


@dataclass(frozen=True)
class LoopSettings:
    """How a network is fitted; the network itself is the recipe's business.

    Attributes:
        epochs: passes over the data.
        batch: rows a step, over all devices.
        optimizer: sgd (Nesterov), adamw or muon.
        learning_rate: peak, reached after the warm-up, then a cosine down to zero.
        warmup_epochs: linear rise from zero.
        fall_epochs: where above 0, the learning rate stays at its peak and falls linearly over these
            last epochs: such a run can be prolonged.
        weight_decay: decoupled, times the learning rate.
        momentum: of sgd.
        clipnorm: longest gradient of a variable.
        ema: where above 0, the result is the exponential mean of the weights over the steps, this
            share of the past kept at each.
        mixup: alpha of the Beta distribution, 0 for none.
        seed: for weights, order and augmentation.

    Raises:
        InputError: a value is out of range.
    """

    epochs: int
    batch: int = 96
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    warmup_epochs: float = 2.0
    fall_epochs: float = 0.0
    weight_decay: float = 5e-4
    momentum: float = 0.9
    clipnorm: float | None = None
    ema: float = 0.0
    mixup: float = 0.0
    seed: int = 1

    def __post_init__(self):
        for name in ("epochs", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name}: a positive number was expected, got {getattr(self, name)}")
        for name in ("warmup_epochs", "fall_epochs", "weight_decay", "mixup", "seed"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name}: 0 or more was expected, got {getattr(self, name)}")
        for name in ("momentum", "ema"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name}: 0 up to 1 was expected, got {getattr(self, name)}")
        if self.optimizer not in OPTIMIZERS:
            raise InputError(f"optimizer: one of {OPTIMIZERS} was expected, got {self.optimizer!r}")

    @property
    def plateau_epochs(self) -> int:
        """Epochs before the learning rate falls; 0 where it has no plateau."""
        return _plateau_epochs(vars(self))


def _plateau_epochs(settings: Mapping[str, Any]) -> int:
    fall = settings.get("fall_epochs", 0)
    return max(0, math.floor(settings["epochs"] - fall)) if fall else 0


class _Diary(keras.callbacks.Callback):
    """Draws each epoch's random numbers anew, watches the loss, writes history and checkpoint."""

    # Lets Keras look at the losses beside the steps instead of waiting for each.
    async_safe = True

    def __init__(self, folder: RunFolder, settings: LoopSettings):
        super().__init__()
        self.folder, self.settings, self.started = folder, settings, time.time()

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.time()
        _draw_seeds(self.model, self.settings.seed, epoch)

    def on_train_batch_end(self, batch, logs=None):
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        for name in ("loss", "val_loss"):
            if not math.isfinite(logs.get(name, 0.0)):
                raise DivergedError(self._diverged(name, logs[name], epoch))
        row = {"epoch": epoch + 1, "seconds": round(time.time() - self.started, 1)}
        row |= {name: round(value, 5) for name, value in logs.items()}
        # The checkpoint counts: a line too many goes at the next resume.
        self.folder.write_rows([*self.folder.rows()[:epoch], row])
        self.folder.save_checkpoint(self.model, epoch + 1)
        if epoch + 1 == self.settings.plateau_epochs:
            self.folder.keep_plateau()
        print(f"epoch {epoch + 1}/{self.settings.epochs} " + json.dumps(row), file=sys.stderr, flush=True)

    def _diverged(self, name: str, value: float, epoch: int) -> str:
        kept = f"{self.folder.path / CHECKPOINT} keeps epoch {epoch}" if epoch else "no epoch was finished"
        return (
            f"{name} is {value} in epoch {epoch + 1}: stopped; {kept}; start anew with a lower learning "
            f"rate (now {self.settings.learning_rate}) or clipnorm (now {self.settings.clipnorm})"
        )


def run_loop(
    make_model,
    *,
    settings: LoopSettings,
    data: tuple[Any, ...] | ShardedRows,
    validation: tuple[Any, ...] | ShardedRows,
    folder: Path,
    resume: bool = False,
    facts: Mapping[str, Any] | None = None,
    progress: bool | None = None,
    files: Sequence[Path] = (),
    devices: int = 1,
    track: str | None = None,
) -> keras.Model:
    """Fit a compiled model, or go on where a run stopped.

    Args:
        make_model: called with (settings, rows); gives a compiled model.
        settings: see LoopSettings.
        data: (inputs, targets[, sample_weights]) as `Model.fit` takes them, arrays; or shards, which are
            read on the way.
        validation: the same for validation.
        folder: of the run; made if missing.
        resume: go on from the checkpoint if the folder has one.
        facts: written to settings.json beside the settings.
        progress: a bar on stderr; by default only where a person watches.
        files: data and weights that the run was made from; their hashes go into settings.json.
        devices: share each batch among so many.
        track: "tensorboard" writes its files into the run's folder, "mlflow" or "mlflow:URI" tells MLflow.

    Returns:
        The fitted model.

    Raises:
        InputError: there are no rows, a resumed run was made with other settings or data, or the
            devices asked for are not there.
        DivergedError: the loss is no number any more.
        OutputError: checkpoint or history can not be written; those of the epoch before stay.
    """
    rows = rows_of(data)
    for name, count in (("training", rows), ("validation", rows_of(validation))):
        if count < devices:
            raise InputError(f"{name}: at least {devices} rows were expected, got {count}")
    if settings.batch % devices:
        raise InputError(f"batch: a multiple of {devices} devices was expected, got {settings.batch}")
    run = RunFolder(folder)
    keras.utils.set_random_seed(settings.seed)
    with shared_by(devices) as names:
        model = make_model(settings, rows)
        _check_step(model, devices)
        if devices > 1:
            share_statistics(model)
        elif not isinstance(data, ShardedRows):
            make_variables(model, data)
        callbacks = [_Diary(run, settings), *([make_tracker(track, folder)] if track else [])]
        described = {**vars(settings), "rows": rows, "parameters": model.count_params()}
        described |= run_facts(files, names) | dict(facts or {})
        done = _take_up(run, settings, described) if resume else 0
        if done:
            run.load_checkpoint(model)
            print(f"resuming after epoch {done}", file=sys.stderr, flush=True)
        else:
            run.clear()
            run.write_settings(described)
        watch = sys.stderr.isatty() if progress is None else progress
        model.fit(
            batches_of(
                data, settings.batch, settings.seed, epoch=done, mixup=settings.mixup, multiple=devices
            ),
            validation_data=batches_of(
                validation, VALIDATION_BATCH // devices * devices, 0, multiple=devices
            ),
            # Batches order themselves; Keras would shuffle them once more, by a generator of the process.
            shuffle=False,
            epochs=settings.epochs,
            initial_epoch=done,
            verbose=1 if watch else 0,
            callbacks=callbacks,
        )
    return model


def _check_step(model: keras.Model, devices: int) -> None:
    if type(model).train_step is keras.Model.train_step:
        return
    name = type(model).__name__
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            f"{name} has a training step of its own, for TensorFlow: the backend is "
            f"{keras.backend.backend()}; take --backend tensorflow"
        )
    if devices > 1:
        raise InputError(f"{name} has a training step of its own, for one device: got {devices}")


def _take_up(run: RunFolder, settings: LoopSettings, described: Mapping[str, Any]) -> int:
    """Epochs to go on after, 0 to start; refuses what would not be the same run."""
    if not run.has_checkpoint:
        print(f"{run.path}: nothing to resume, starting", file=sys.stderr, flush=True)
        return 0
    stored, done = run.settings(), run.epoch()
    if not stored:
        raise InputError(f"{run.path}: a run was expected, there is a checkpoint but no settings.json")
    found = differences(stored, described)
    plateau = _plateau_epochs(stored)
    longer = "epochs" in found and 0 < plateau <= settings.plateau_epochs
    if longer:
        # On the plateau it makes no difference how long it lasts and how it ends.
        found = {name: text for name, text in found.items() if _last(name) not in ("epochs", "fall_epochs")}
    # What a recipe notes of the loop's settings is told once.
    found = {name: text for name, text in found.items() if "." not in name or _last(name) not in found}
    if found:
        told = ", ".join(f"{name} ({text})" for name, text in found.items())
        hint = "; epochs may grow only where the learning rate has a plateau" if "epochs" in found else ""
        raise InputError(
            f"{run.path}: this run can not be resumed with other settings: {told}{hint}; "
            "go on with those of the run, or start anew in another folder"
        )
    if longer and done > plateau:
        if not run.has_plateau:
            raise InputError(
                f"{run.path}: can not be prolonged: the learning rate fell after epoch {plateau}, and "
                "no plateau.weights.h5 was kept"
            )
        # First the checkpoint, then the settings: a kill between them leaves the old run.
        run.return_to_plateau()
        done = run.epoch()
    run.write_rows(run.rows()[:done])
    first = {name: stored[name] for name in CIRCUMSTANCES if name in stored}
    again = {"after_epoch": done, "epochs": settings.epochs}
    again |= {name: described[name] for name in CIRCUMSTANCES if name in described}
    run.write_settings({**stored, **described, **first, "resumed": [*stored.get("resumed", []), again]})
    return done


def _last(name: str) -> str:
    return name.split(".")[-1]


def _draw_seeds(model: keras.Model, seed: int, epoch: int) -> None:
    """Settle every random generator of a model (dropout, augmentation) by seed and epoch.

    Weights files carry no generators; this way a resumed run draws what an unbroken one draws.
    """
    weights = {id(variable) for variable in model.weights}
    metrics = {id(variable) for variable in model.metrics_variables}
    states = [v for v in model.variables if id(v) not in weights | metrics and tuple(v.shape) == (2,)]
    for index, state in enumerate(states):
        drawn = np.random.default_rng((seed, epoch, index)).integers(1, 2**31 - 1)
        state.assign(np.array([drawn, 0]))
