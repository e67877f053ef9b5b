"""FER2013 with FER+ votes as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.emotion import VOTES
from emopoi.types.labels import FER7, FERPLUS8
from training.class_counts import check_classes
from training.pictures import decode_picture, read_pictures
from training.tables import numbers, read_table

CLEAR_VOTES = VOTES[: len(FERPLUS8)]
"""Without "unknown" and "not a face"."""

SIDE = 48
"""Of FER2013's pictures, pixels."""


@dataclass(frozen=True)
class ExpressionFaces:
    """Pictures with both kinds of label.

    Attributes:
        pictures: uint8 (N, 48, 48, 1) grey.
        fer7: int64 (N,), -1 where unknown.
        ferplus8: float32 (N, 8) share of votes; a row of zeros where there is no clear vote.
        rows: int64 (N,), where in the file each of them stands.
    """

    pictures: np.ndarray
    fer7: np.ndarray
    ferplus8: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.fer7)

    def first(self, rows: int | None) -> ExpressionFaces:
        """The first so many of them; all where `rows` is None."""
        return ExpressionFaces(self.pictures[:rows], self.fer7[:rows], self.ferplus8[:rows], self.rows[:rows])


def shown_pictures(folder: Path) -> set[str]:
    """pixel_sha1 of every picture that validation shows: training leaves these out.

    Args:
        folder: holds public_test.parquet.

    Raises:
        InputError: the file is not there or has no such column.
    """
    return set(read_table(folder / "public_test.parquet", {"pixel_sha1"}).pixel_sha1)


def load_faces(path: Path, *, leave_out: set[str] = frozenset(), clean: bool = False) -> ExpressionFaces:
    """Load a split.

    Args:
        path: parquet file with the columns of the data folder's README.
        leave_out: values of pixel_sha1 that must not be in the result.
        clean: for training: drop rows voted "not a face" and surplus exact copies; say which
            expressions have no rows.

    Raises:
        InputError: the file can not be read, a column is missing, labels, votes or the pictures'
            size are out of range, or rows for training are all of one expression.
    """
    table = read_table(path, {"image", "label", "pixel_sha1", "ferplus_NF", *VOTES})
    labels = numbers(path, table, "label", 0, len(FER7) - 1)
    if np.isnan(labels).any() or (labels % 1).any():
        raise InputError(f"{path}: whole labels 0..{len(FER7) - 1} were expected in every row")
    for column in {"ferplus_NF", *VOTES}:
        if np.isnan(numbers(path, table, column, 0, np.inf)).any():
            raise InputError(f"{path}: votes were expected in every row of the column {column}")
    if leave_out:
        table = table[~table.pixel_sha1.isin(leave_out)]
    if clean:
        table = table[table.ferplus_NF <= 5].drop_duplicates(["pixel_sha1", "label"])
        check_classes(path, table.label.to_numpy(np.int64), FER7)
    pictures, readable = read_pictures(path, table.image, lambda data: _decode(path, data))
    table = table[readable]
    votes = table[list(CLEAR_VOTES)].to_numpy(np.float32, copy=True)
    # Barsoum et al. 2016 drop single votes: one voter of ten is noise, two are an opinion.
    votes[votes <= 1] = 0
    total = votes.sum(axis=1, keepdims=True)
    shares = np.divide(votes, total, out=np.zeros_like(votes), where=total > 0)
    rows = table.index.to_numpy(np.int64)
    return ExpressionFaces(pictures, table.label.to_numpy(np.int64), shares, rows)


def _decode(path: Path, data: object) -> np.ndarray | None:
    picture = decode_picture(data, cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return None
    if picture.shape != (SIDE, SIDE):
        raise InputError(f"{path}: pictures of {SIDE}x{SIDE} were expected, got {picture.shape[::-1]}")
    return picture[..., None]
