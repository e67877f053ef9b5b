"""The folder of a run: what was asked for, what happened, and the last good checkpoint.

settings.json holds settings and facts, history.jsonl one line an epoch, last.weights.h5 network,
optimizer and epoch, plateau.weights.h5 the same at the end of a schedule's plateau. Each file is
written under a temporary name and renamed, so a full disk or a kill leaves the one before.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import keras

from emopoi.errors import InputError, ModelFileError, OutputError

CHECKPOINT = "last.weights.h5"
PLATEAU = "plateau.weights.h5"
SETTINGS = "settings.json"
HISTORY = "history.jsonl"
_EPOCH = "epoch"


class RunFolder:
    """Files of one run.

    Args:
        path: the folder; made if missing.

    Raises:
        InputError: there is a file of that name.
        OutputError: the folder can not be made.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InputError(f"{path}: a folder for the run was expected, there is a file") from error
        except OSError as error:
            raise OutputError(f"{path}: can not be made ({error.strerror})") from error

    def clear(self) -> None:
        """Forget an earlier run: its checkpoint must not be taken for one of the next."""
        for name in (CHECKPOINT, PLATEAU, HISTORY, SETTINGS):
            (self.path / name).unlink(missing_ok=True)

    @property
    def has_checkpoint(self) -> bool:
        """Whether an epoch was finished."""
        return (self.path / CHECKPOINT).is_file()

    @property
    def has_plateau(self) -> bool:
        """Whether the end of a plateau was kept."""
        return (self.path / PLATEAU).is_file()

    def settings(self) -> dict[str, Any]:
        """What settings.json holds; empty where there is none.

        Raises:
            InputError: it is no JSON object.
        """
        file = self.path / SETTINGS
        if not file.is_file():
            return {}
        try:
            told = json.loads(file.read_text())
        except ValueError as error:
            raise InputError(f"{file}: JSON was expected ({error})") from error
        if not isinstance(told, dict):
            raise InputError(f"{file}: a JSON object was expected, got {type(told).__name__}")
        return told

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Write settings.json.

        Raises:
            OutputError: it can not be written.
        """
        text = json.dumps(settings, indent=2, default=str) + "\n"
        replace_file(self.path / SETTINGS, lambda temporary: temporary.write_text(text))

    def rows(self) -> list[dict[str, Any]]:
        """Lines of history.jsonl up to the first that a kill left unfinished."""
        file = self.path / HISTORY
        rows: list[dict[str, Any]] = []
        for line in file.read_text().splitlines() if file.is_file() else ():
            try:
                rows.append(json.loads(line))
            except ValueError:
                break
        return rows

    def write_rows(self, rows: list[dict[str, Any]]) -> None:
        """Write history.jsonl.

        Raises:
            OutputError: it can not be written.
        """
        text = "".join(json.dumps(row) + "\n" for row in rows)
        replace_file(self.path / HISTORY, lambda temporary: temporary.write_text(text))

    def save_checkpoint(self, model: keras.Model, epoch: int) -> None:
        """Keep network, optimizer and the number of finished epochs.

        Raises:
            OutputError: it can not be written; the checkpoint before stays.
        """
        weights = _weights_in_memory(model)
        with h5py.File(weights, "r+") as file:
            file.attrs[_EPOCH] = epoch
        replace_file(self.path / CHECKPOINT, lambda temporary: temporary.write_bytes(weights.getbuffer()))

    def load_checkpoint(self, model: keras.Model) -> None:
        """Load network and optimizer.

        Raises:
            ModelFileError: the file is damaged or of another network.
        """
        # The optimizer's variables are in the file too, but only a built optimizer takes them.
        model.optimizer.build(model.trainable_variables)
        load_weights(model, self.path / CHECKPOINT)

    def epoch(self) -> int:
        """Epochs that the checkpoint has seen.

        Raises:
            InputError: the file is damaged.
        """
        file = self.path / CHECKPOINT
        try:
            with h5py.File(file, "r") as stored:
                # Checkpoints of before the number was kept in them: one epoch, one line.
                return int(stored.attrs.get(_EPOCH, len(self.rows())))
        except OSError as error:
            raise InputError(f"{file}: damaged, no HDF5 file") from error

    def keep_plateau(self) -> None:
        """Keep the checkpoint as the one from which the run can be prolonged.

        Raises:
            OutputError: it can not be written.
        """
        replace_file(
            self.path / PLATEAU, lambda temporary: shutil.copyfile(self.path / CHECKPOINT, temporary)
        )

    def return_to_plateau(self) -> None:
        """Make the plateau's checkpoint the last one.

        Raises:
            OutputError: it can not be written.
        """
        replace_file(
            self.path / CHECKPOINT, lambda temporary: shutil.copyfile(self.path / PLATEAU, temporary)
        )


def replace_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Write under a temporary name in the same folder, then rename.

    Args:
        path: where the file shall be.
        write: writes to the path that it is given.

    Raises:
        OutputError: it can not be written; what was at `path` stays.
    """
    temporary = path.with_name(f"writing.{path.name}")
    try:
        try:
            write(temporary)
            # A rename may reach the disk before the bytes do.
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        kept = "; the file of before stays" if path.exists() else ""
        raise OutputError(f"{path}: can not be written ({error.strerror or error}){kept}") from error


def save_weights(network: keras.Model, path: Path) -> None:
    """Write the weights of a finished network.

    Args:
        network: any Keras model.
        path: ends in `.weights.h5`.

    Raises:
        OutputError: they can not be written.
    """
    weights = _weights_in_memory(network)
    replace_file(path, lambda temporary: temporary.write_bytes(weights.getbuffer()))


class _MemoryFile(io.BytesIO):
    """Bytes that Keras takes for a weights file, by the name's end."""

    def __str__(self) -> str:
        return "memory.weights.h5"


def _weights_in_memory(network: keras.Model) -> _MemoryFile:
    """A weights file as bytes.

    HDF5 ends the process with a segmentation fault where it can not write to a full disk; bytes
    that Python writes fail with an error that can be told.
    """
    file = _MemoryFile()
    network.save_weights(file)
    return file


def load_weights(network: keras.Model, path: Path) -> None:
    """Load weights that `save_weights` or a run's checkpoint has left.

    Args:
        network: of the same form.
        path: the file.

    Raises:
        ModelFileError: the file is missing, damaged or of another network.
    """
    try:
        network.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelFileError(f"{path}: not the weights of {network.name} ({reason})") from error
