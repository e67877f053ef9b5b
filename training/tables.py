"""Parquet files of training data, their columns checked."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

import pandas as pd

from emopoi.errors import InputError


def read_table(path: Path, needed: Set[str]) -> pd.DataFrame:
    """Read a parquet file.

    Args:
        path: the file.
        needed: columns that it must have.

    Raises:
        InputError: no such file, no parquet, or a column is missing.
    """
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable parquet file ({error})") from error
    missing = needed - set(table.columns)
    if missing:
        raise InputError(f"{path}: columns {sorted(missing)} are missing")
    return table
