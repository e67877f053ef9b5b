"""A run in MLflow: settings, curves, figures, confusion picture and network.

Without an address everything goes into mlflow.db and mlruns/ of the working folder, where `mlflow ui` looks
too. A server that goes away costs the rest of its curve, never the training.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from emopoi.errors import OutputError
from training.run_folder import HISTORY, SETTINGS, replace_file

STORE = "sqlite:///mlflow.db"
EXPERIMENT = "emopoi"
RUN_FILE = "mlflow_run.json"
"""In the run's folder: where the run is told of, so that results can be added."""

_LONGEST = 400  # characters of a parameter


class MlflowTracker(keras.callbacks.Callback):
    """Tells MLflow of a training.

    Args:
        folder: of the run; its name is that of MLflow's run.
        uri: of the server or store; None takes SQLite in the working folder.

    Raises:
        OutputError: the store can not be written, or the server can not be reached.
    """

    def __init__(self, folder: Path, uri: str | None = None):
        super().__init__()
        self._folder, self._uri = folder, uri or STORE
        self._given_up = False
        try:
            self._client, self._run = _start(self._uri, folder)
        except Exception as error:  # MLflow, SQLAlchemy and requests each have errors of their own.
            raise OutputError(f"mlflow: {self._uri} can not be used ({_short(error)})") from error
        text = json.dumps({"uri": self._uri, "run": self._run})
        replace_file(folder / RUN_FILE, lambda file: file.write_text(text))

    def on_train_begin(self, logs=None):
        """The settings become parameters."""
        self._tell(self._settings)

    def on_epoch_end(self, epoch, logs=None):
        """Losses and metrics become curves."""
        self._tell(self._numbers, dict(logs or {}), epoch + 1)

    def on_train_end(self, logs=None):
        """Files of the run, and its end."""
        self._tell(self._files)

    def _settings(self) -> None:
        told = _flat(json.loads((self._folder / SETTINGS).read_text()))
        for name, value in told.items():
            self._client.log_param(self._run, name, str(value)[:_LONGEST])

    def _numbers(self, logs: Mapping[str, Any], step: int) -> None:
        for name, value in logs.items():
            self._client.log_metric(self._run, name, float(value), step=step)

    def _files(self) -> None:
        for name in (SETTINGS, HISTORY):
            self._client.log_artifact(self._run, str(self._folder / name))
        self._client.set_terminated(self._run)

    def _tell(self, what: Callable[..., None], *arguments: Any) -> None:
        if self._given_up:
            return
        try:
            what(*arguments)
        except Exception as error:  # As above; hours of training must not end with a server.
            self._given_up = True
            print(f"mlflow: not told any more ({_short(error)}); the training goes on", file=sys.stderr)


def add_results(folder: Path, figures: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Add to a tracked run what is known at its end; nothing where the run is not tracked by MLflow.

    Args:
        folder: of the run.
        figures: numbers by name; what is no number is left out.
        files: pictures, weights and the like.
    """
    told = folder / RUN_FILE
    if not told.is_file():
        return
    run = json.loads(told.read_text())
    try:
        client = _client(run["uri"])
        for name, value in figures.items():
            if isinstance(value, int | float):
                client.log_metric(run["run"], f"final_{name}", float(value))
        for file in files:
            client.log_artifact(run["run"], str(file))
    except Exception as error:
        print(f"mlflow: results were not told ({_short(error)}); they are in {folder}", file=sys.stderr)


def _start(uri: str, folder: Path) -> tuple[Any, str]:
    client = _client(uri)
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = found.experiment_id if found else client.create_experiment(EXPERIMENT)
    return client, client.create_run(experiment, run_name=folder.name).info.run_id


def _client(uri: str) -> Any:
    from mlflow import MlflowClient

    # Laying out a fresh SQLite store takes a hundred lines of its log.
    for name in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return MlflowClient(tracking_uri=uri)


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}.")
        else:
            # MLflow takes letters, digits, _ - . / and blanks in names.
            flat[before + re.sub(r"[^\w./ -]", "_", name)] = value
    return flat


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]
