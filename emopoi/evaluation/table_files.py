"""A table on disk: one parquet file, or a folder of them that is read like one."""

from __future__ import annotations

import os
from pathlib import Path

from emopoi.errors import InputError

_SUFFIX = ".parquet"


def is_table_folder(path: Path) -> bool:
    """Whether a folder holds parquet files rather than pictures."""
    return os.path.isdir(path) and any(path.glob(f"*{_SUFFIX}"))


def table_files(path: Path) -> list[Path]:
    """The files of a table, in the order of their rows.

    Args:
        path: a file, or a folder such as train.parquet/ with part-00000.parquet and so on.

    Raises:
        InputError: there is neither.
    """
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise InputError(f"{path}: no such file")
    files = sorted(path.glob(f"*{_SUFFIX}"))
    if not files:
        raise InputError(f"{path}: no parquet file is in this folder")
    return files
