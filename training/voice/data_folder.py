"""What `--dataset` and `--root` of `training.voice` mean: our own files, or a collection made into them."""

from __future__ import annotations

import os
from pathlib import Path

from emopoi.errors import InputError
from training.datasets.processing import process, tell
from training.datasets.table import SPEAKING, VOICES

OWN = ("voice_emotion", "facegood")
"""Data that only come as our own files."""
DATASETS = (*OWN, *VOICES, *SPEAKING)
_FILES = ("train.parquet", "pairs.parquet")


def data_folder(dataset: str, root: Path, out: Path) -> Path:
    """The folder with our files for a data set.

    Args:
        dataset: one of `DATASETS`.
        root: of the collection in its official layout, or already a folder of our files.
        out: where a collection's files go; what is there from an earlier call is used again.

    Returns:
        `root` where it has our files, else `out`.

    Raises:
        InputError: the layout is not that of the collection; the message says what was expected.
    """
    if any((root / name).exists() for name in _FILES):
        return root
    if dataset in OWN:
        raise InputError(
            f"{root}: train.parquet and valid.parquet, or pairs.parquet, were expected ({dataset})"
        )
    tell(process(dataset, root, out, workers=os.cpu_count() or 1))
    return out
