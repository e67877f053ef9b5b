"""Pictures with an expression each, from a table or from folders."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.evaluation.label_map import label_index, read_labelled_folder
from emopoi.evaluation.table_files import is_table_folder
from emopoi.types.labels import FER7


def labelled_expressions(
    path: Path, label_map: Mapping[str, str] | None = None, wanted: Sequence[str] = ()
) -> tuple[dict[str, list[Any]], NDArray[np.int64]]:
    """Read labelled pictures.

    Args:
        path: parquet with `image` and `label` (0..6) or `label_name`, or a folder with one folder a label.
        label_map: from other labels to those of FER-7.
        wanted: columns that are read too where they are there.

    Returns:
        Columns by name, with `image` JPEG or PNG bytes or None, and the labels, int64 (N,) 0..6.

    Raises:
        InputError: a column is missing or of another type, or a label is unknown.
        MissingPartError: a table is given and pyarrow is not installed.
    """
    if os.path.isdir(path) and not is_table_folder(path):
        images, numbers = read_labelled_folder(path, label_map)
        columns: dict[str, list[Any]] = {"image": images, "label": numbers}
    else:
        columns = read_columns(path, ["image"], ["label", "label_name", *wanted])
    return columns, _labels(path, columns, label_map)


def _labels(
    path: Path, columns: dict[str, list[Any]], label_map: Mapping[str, str] | None
) -> NDArray[np.int64]:
    if "label_name" in columns:
        for row, name in enumerate(columns["label_name"]):
            if not isinstance(name, str):
                raise InputError(f"{path}: column 'label_name', row {row}: a text was expected, got {name!r}")
        numbers = {name: label_index(name, label_map, str(path)) for name in set(columns["label_name"])}
        return np.array([numbers[name] for name in columns["label_name"]], np.int64)
    if "label" not in columns:
        raise InputError(f"{path}: column 'label' or 'label_name' is missing")
    labels = columns["label"]
    for row, label in enumerate(labels):
        if not isinstance(label, int) or not 0 <= label < len(FER7):
            raise InputError(
                f"{path}: column 'label', row {row}: 0..{len(FER7) - 1} was expected, got {label!r}"
            )
    return np.array(labels, np.int64)
