"""Progress of a run for those who watch it from elsewhere."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import keras

from emopoi.errors import InputError, MissingPartError

TRACKERS = ("tensorboard", "mlflow")


def make_tracker(name: str, folder: Path) -> keras.callbacks.Callback:
    """A callback that writes losses, metrics and learning rate after every epoch.

    Args:
        name: one of TRACKERS; `mlflow:URI` sends them to the server or store at URI.
        folder: of the run; TensorBoard's files go into a folder of its name there.

    Raises:
        InputError: no such tracker.
        MissingPartError: its package is not installed.
        OutputError: its store can not be written or reached.
    """
    name, _, uri = name.partition(":")
    if name not in TRACKERS:
        raise InputError(f"track: one of {', '.join(TRACKERS)} was expected, got {name!r}")
    if name == "mlflow":
        if importlib.util.find_spec("mlflow") is None:
            raise MissingPartError("tracking with mlflow needs it: pip install -r requirements-track.txt")
        # It would tell its makers of each use.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from training.mlflow_tracker import MlflowTracker

        return MlflowTracker(folder, uri or None)
    # Keras writes TensorBoard's files through TensorFlow, on JAX too.
    for package in ("tensorflow", "tensorboard"):
        if importlib.util.find_spec(package) is None:
            raise MissingPartError(f"tracking with tensorboard needs {package}: pip install {package}")
    return keras.callbacks.TensorBoard(folder / name, write_graph=False, update_freq="epoch")
