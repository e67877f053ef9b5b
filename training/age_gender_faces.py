"""Age and gender faces as arrays, or in shards."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from emopoi.errors import InputError
from emopoi.preprocess import recrop
from emopoi.types.labels import AGES
from training.class_counts import check_classes
from training.crop_layouts import UTKFACE
from training.pictures import decode_picture, read_pictures
from training.shards import Parts, ShardedRows, columns_of, shard_files
from training.tables import numbers, read_table, words

GENDERS = ("male", "female")
OLDEST = 130
"""Years; nobody has lived longer."""
WIDEST_RANGE = 15
"""Years; from a wider one next to nothing is learned."""
_RANGE = {"age_min", "age_max"}


@dataclass(frozen=True)
class AgeGenderFaces:
    """Pictures with labels.

    Attributes:
        pictures: uint8 (N, S, S, 3) RGB.
        age: float32 (N,) years up to 100 (older counts as 100), nan where only a range is known.
        female: float32 (N,) 1 female, 0 male.
    """

    pictures: np.ndarray
    age: np.ndarray
    female: np.ndarray

    def __len__(self) -> int:
        return len(self.age)

    def first(self, rows: int | None) -> AgeGenderFaces:
        """The first so many of them; all where `rows` is None."""
        return AgeGenderFaces(self.pictures[:rows], self.age[:rows], self.female[:rows])


def load_faces(path: Path, size: int, *, unknown_age: bool = False) -> AgeGenderFaces:
    """Load a parquet file with the columns image, age, gender and, where there are any, age_min and age_max.

    Where an age is known as a range of at most `WIDEST_RANGE` years, its middle is taken.

    Args:
        path: the file, or a folder of such files.
        size: side that the pictures are resampled to, as the device resamples, pixels.
        unknown_age: keep rows whose age is not known; otherwise they are left out, and counted on
            stderr, since one nan among the targets makes every weight nan.

    Raises:
        InputError: the file can not be read, a column is missing, an age is out of range, a gender is
            neither female nor male, all are of one gender or no row is left.
    """
    table = read_table(path, {"image", "age", "gender"})
    age = _years(path, table)
    if not unknown_age and np.isnan(age).any():
        print(f"{path}: {np.isnan(age).sum()} rows of unknown age are left out", file=sys.stderr, flush=True)
        table, age = table[~np.isnan(age)], age[~np.isnan(age)]
    female = words(path, table, "gender", GENDERS)
    check_classes(path, female, GENDERS)
    pictures, readable = read_pictures(path, table.image, lambda data: _decode(data, size))
    age = np.minimum(age[readable].astype(np.float32), np.float32(AGES - 1))
    return AgeGenderFaces(pictures, age, female[readable].astype(np.float32))


def sharded_faces(path: Path, size: int) -> ShardedRows:
    """The same columns in shards whose pictures are decoded while a network trains.

    Labels of all shards are looked at first, so that a wrong one is told before the training starts. Rows of
    unknown age, and pictures that can not be read, give their place to others of their shard.

    Args:
        path: a folder of parquet files, or one.
        size: as of `load_faces`.

    Raises:
        InputError: as of `load_faces`; an unreadable shard is told when its turn comes.
    """
    files = shard_files(path)
    labels = ["age", "gender", *(_RANGE if _RANGE <= columns_of(files[0]) else ())]
    data = ShardedRows(files, ("image", *labels), lambda file, table: _parts(file, table, size))
    if not len(data):
        raise InputError(f"{path}: rows were expected, there are none")
    genders = []
    for file in data.files:
        table = pd.read_parquet(file, columns=labels)
        age = _years(file, table)
        genders.append(words(file, table, "gender", GENDERS)[~np.isnan(age)])
    check_classes(path, np.concatenate(genders), GENDERS)
    return data


def _years(path: Path, table: pd.DataFrame) -> np.ndarray:
    age = numbers(path, table, "age", 0, OLDEST)
    if _RANGE <= set(table.columns):
        least, most = (numbers(path, table, name, 0, OLDEST) for name in ("age_min", "age_max"))
        near = np.isnan(age) & (most - least <= WIDEST_RANGE)
        age = np.where(near, (least + most) / 2, age)
    return age


def _parts(file: Path, table: pd.DataFrame, size: int) -> tuple[Parts, np.ndarray]:
    age = _years(file, table)
    female = words(file, table, "gender", GENDERS).astype(np.float32)
    pictures = [
        _decode(data, size) if known else None
        for data, known in zip(table.image, ~np.isnan(age), strict=True)
    ]
    usable = np.array([picture is not None for picture in pictures], bool)
    shown = np.stack([picture for picture in pictures if picture is not None]) if usable.any() else ()
    age = np.minimum(age[usable].astype(np.float32), np.float32(AGES - 1))
    return (shown, {"age": age[:, None], "female": female[usable][:, None]}), usable


def _decode(data: object, size: int) -> np.ndarray | None:
    picture = decode_picture(data, cv2.IMREAD_COLOR)
    if picture is None:
        return None
    return recrop(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), UTKFACE, UTKFACE, size)
