"""Progress of a run for those who watch it from elsewhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras

from emopoi.errors import InputError, MissingPartError

TRACKERS = ("tensorboard",)


def make_tracker(name: str, folder: Path) -> keras.callbacks.Callback:
    """A callback that writes losses, metrics and learning rate after every epoch.

    Args:
        name: one of TRACKERS.
        folder: of the run; the tracker's files go into a folder of its name there.

    Raises:
        InputError: no such tracker.
        MissingPartError: its package is not installed.
    """
    if name not in TRACKERS:
        raise InputError(f"track: one of {', '.join(TRACKERS)} was expected, got {name!r}")
    # Keras writes TensorBoard's files through TensorFlow, on JAX too.
    for package in ("tensorflow", "tensorboard"):
        if importlib.util.find_spec(package) is None:
            raise MissingPartError(f"tracking with tensorboard needs {package}: pip install {package}")
    return keras.callbacks.TensorBoard(folder / name, write_graph=False, update_freq="epoch")
