"""Age and gender faces as arrays."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emopoi.preprocess import recrop
from emopoi.types.labels import AGES
from training.class_counts import check_classes
from training.crop_layouts import UTKFACE
from training.pictures import decode_picture, read_pictures
from training.tables import numbers, read_table, words

GENDERS = ("male", "female")
OLDEST = 130
"""Years; nobody has lived longer."""
WIDEST_RANGE = 15
"""Years; from a wider one next to nothing is learned."""


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
    age = numbers(path, table, "age", 0, OLDEST)
    if {"age_min", "age_max"} <= set(table.columns):
        least, most = (numbers(path, table, name, 0, OLDEST) for name in ("age_min", "age_max"))
        near = np.isnan(age) & (most - least <= WIDEST_RANGE)
        age = np.where(near, (least + most) / 2, age)
    if not unknown_age and np.isnan(age).any():
        print(f"{path}: {np.isnan(age).sum()} rows of unknown age are left out", file=sys.stderr, flush=True)
        table, age = table[~np.isnan(age)], age[~np.isnan(age)]
    female = words(path, table, "gender", GENDERS)
    check_classes(path, female, GENDERS)
    pictures, readable = read_pictures(path, table.image, lambda data: _decode(data, size))
    age = np.minimum(age[readable].astype(np.float32), np.float32(AGES - 1))
    return AgeGenderFaces(pictures, age, female[readable].astype(np.float32))


def _decode(data: object, size: int) -> np.ndarray | None:
    picture = decode_picture(data, cv2.IMREAD_COLOR)
    if picture is None:
        return None
    return recrop(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), UTKFACE, UTKFACE, size)
