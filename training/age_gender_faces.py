"""Age and gender faces as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import InputError
from emopoi.preprocess import recrop
from emopoi.types.labels import AGES
from training.crop_layouts import UTKFACE
from training.tables import read_table


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


def load_faces(path: Path, size: int) -> AgeGenderFaces:
    """Load a parquet file with the columns image, age, gender.

    Args:
        path: the file.
        size: side that the pictures are resampled to, as the device resamples, pixels.

    Raises:
        InputError: the file can not be read, a column is missing or a gender is neither female nor male.
    """
    table = read_table(path, {"image", "age", "gender"})
    if not table.gender.isin(["female", "male"]).all():
        raise InputError(f"{path}: gender female or male was expected")
    pictures = np.stack([_decode(data, size) for data in table.image])
    age = np.minimum(table.age.to_numpy(np.float32, na_value=np.nan), np.float32(AGES - 1))
    return AgeGenderFaces(pictures, age, (table.gender == "female").to_numpy(np.float32))


def _decode(data: bytes, size: int) -> np.ndarray:
    picture = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return recrop(picture, UTKFACE, UTKFACE, size)
