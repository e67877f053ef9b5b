"""DAiSEE faces as arrays: boredom and frustration of webcam viewers, with their persons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture
from emopoi.evaluation.states import HIGH, LEVELS, squared
from emopoi.models.states import STATES
from training.tables import read_table


@dataclass(frozen=True)
class StateFaces:
    """Pictures with labels.

    Attributes:
        pictures: uint8 (N, S, S, 3) RGB, in the layout `DAISEE`.
        levels: int64 (N,) 0..3 by state, of the ten seconds that the picture is from.
        persons: (N,) who is seen.
    """

    pictures: np.ndarray
    levels: dict[str, np.ndarray]
    persons: np.ndarray

    def __len__(self) -> int:
        return len(self.persons)


def load_faces(path: Path, rows: int | None = None) -> StateFaces:
    """Load a parquet file with the columns image, subject, boredom and frustration.

    Args:
        path: the file.
        rows: take only so many, spread over the file.

    Raises:
        InputError: the file can not be read, a column is missing, a level is none, a picture is
            damaged or a state never occurs.
    """
    table = read_table(path, {"image", "subject", *STATES})
    if rows is not None and rows < len(table):
        table = table.iloc[np.linspace(0, len(table) - 1, rows).astype(int)]
    pictures = []
    for row, data in enumerate(table.image):
        picture = decode_picture(data)
        if picture is None:
            raise InputError(f"{path}: column 'image', row {row}: no picture")
        pictures.append(squared(picture))
    levels = {state: table[state].to_numpy(np.int64) for state in STATES}
    for state, values in levels.items():
        if not np.isin(values, LEVELS).all():
            raise InputError(f"{path}: {state}: levels 0..3 were expected, got {sorted(set(values))}")
        if not (values == 0).any() or not (values >= HIGH).any():
            raise InputError(f"{path}: {state}: rows of level 0 and of level {HIGH} or 3 were expected")
    return StateFaces(np.stack(pictures), levels, table.subject.astype(str).to_numpy())
