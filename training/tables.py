"""Parquet files of training data, their columns checked."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

import numpy as np
import pandas as pd

from emopoi.errors import InputError
from emopoi.evaluation.table_files import table_files


def read_table(path: Path, needed: Set[str]) -> pd.DataFrame:
    """Read a parquet file, or a folder of them as `training.process_data` makes.

    Args:
        path: the file or folder.
        needed: columns that it must have.

    Raises:
        InputError: no such file, no parquet, a column is missing or there are no rows.
    """
    files = table_files(path)
    try:
        table = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable parquet file ({error})") from error
    missing = needed - set(table.columns)
    if missing:
        raise InputError(
            f"{path}: columns {sorted(missing)} are missing, there are {sorted(map(str, table.columns))}"
        )
    if not len(table):
        raise InputError(f"{path}: rows were expected, there are none")
    # Messages number the rows as the file has them.
    return table.reset_index(drop=True)


def numbers(path: Path, table: pd.DataFrame, column: str, low: float, high: float) -> np.ndarray:
    """A column of numbers, their range checked.

    Args:
        path: of the file, for messages.
        table: its rows.
        column: name.
        low: least value.
        high: greatest value.

    Returns:
        float64 (N,), nan where there is none.

    Raises:
        InputError: a value is no number or out of range; the message tells the first row and how many.
    """
    try:
        values = pd.to_numeric(table[column]).to_numpy(np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: numbers were expected in the column {column} ({error})") from error
    wrong = np.flatnonzero((values < low) | (values > high) | np.isinf(values))
    if len(wrong):
        raise InputError(
            f"{path}: {column} {low:g}..{high:g} was expected, row {table.index[wrong[0]]} has "
            f"{values[wrong[0]]:g} ({len(wrong)} such rows)"
        )
    return values


def words(path: Path, table: pd.DataFrame, column: str, allowed: Sequence[str]) -> np.ndarray:
    """A column of words out of a few, as places in them.

    Args:
        path: of the file, for messages.
        table: its rows.
        column: name.
        allowed: the words.

    Returns:
        int64 (N,) places in `allowed`.

    Raises:
        InputError: another word or none; the message tells the first row and how many.
    """
    places = {word: place for place, word in enumerate(allowed)}
    found = np.array(
        [places.get(word, -1) if isinstance(word, str) else -1 for word in table[column]], np.int64
    )
    wrong = np.flatnonzero(found < 0)
    if len(wrong):
        raise InputError(
            f"{path}: {column} {' or '.join(allowed)} was expected, row {table.index[wrong[0]]} has "
            f"{table[column].iloc[wrong[0]]!r} ({len(wrong)} such rows)"
        )
    return found
