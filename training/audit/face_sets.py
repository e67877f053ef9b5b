"""The labelled faces that files are audited on, with what is known, estimated and measured of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture, number_column, read_columns, tight_input
from emopoi.evaluation.metrics import distribution_median
from emopoi.evaluation.states import squared
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import OUTER_EYES
from emopoi.head.turn_angles import turn_angles_deg
from emopoi.preprocess import CropLayout
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import sigmoid, softmax
from training.audit.grouping import (
    ESTIMATED,
    LABELLED,
    MEASURED,
    Attribute,
    by_age,
    by_band,
    by_name,
    by_quarter,
)
from training.audit.picture_measures import brightness, sharpness
from training.crop_layouts import DAISEE, FER2013, UTKFACE
from training.face3d.stored_faces import ENOUGH_PRESENCE, SolvedFaces, stored_meshes, stored_solutions

FER, UTK, WEBCAM = (
    "fer2013/public_test.parquet",
    "age_gender/valid.parquet",
    "daisee_faces/validation.parquet",
)

LAYOUTS: dict[str, CropLayout] = {FER: FER2013, UTK: UTKFACE, WEBCAM: DAISEE}
"""Files of labelled faces, and where their tight crops have eyes and mouth."""

_WANTED = {
    FER: ("label",),
    UTK: ("age", "gender"),
    WEBCAM: ("subject", "boredom", "frustration"),
}
_BRIGHTNESS = (60.0, 100.0, 140.0, 180.0)
_BRIGHTNESS_NAMES = ("below 60 of 255", "60 to 100", "100 to 140", "140 to 180", "from 180")
_YAW_DEG = (10.0, 20.0, 30.0)
_YAW_NAMES = ("up to 10° to a side", "10° to 20°", "20° to 30°", "30° and more")
_PITCH_DEG = (-10.0, 10.0)
_PITCH_NAMES = ("looks down by 10° and more", "level", "looks up by 10° and more")


@dataclass(eq=False)
class FaceSet:
    """Faces of one file.

    Attributes:
        file: relative to the data folder, a key of `LAYOUTS`.
        data: the data folder.
        meshes: where face points are kept.
        rows: of the file, spread over it; None for all.
    """

    file: str
    data: Path
    meshes: Path
    rows: int | None = None

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        """Pictures and labels."""
        columns = read_columns(self.data / self.file, ("image", *_WANTED[self.file]))
        return {name: [values[row] for row in self.chosen(len(values))] for name, values in columns.items()}

    @cached_property
    def pictures(self) -> list[np.ndarray]:
        """uint8 (H, W, 3) RGB each, square."""
        found = [decode_picture(image) for image in self.columns["image"]]
        for row, picture in enumerate(found):
            if picture is None:
                raise InputError(f"{self.data / self.file}: column 'image', row {row}: no picture")
        return [squared(picture) for picture in found if picture is not None]

    def chosen(self, count: int) -> np.ndarray:
        """Rows that are taken of so many, int64."""
        if self.rows is None or self.rows >= count:
            return np.arange(count)
        return np.linspace(0, count - 1, self.rows).astype(int)

    @property
    def layout(self) -> CropLayout:
        """Where eyes and mouth are."""
        return LAYOUTS[self.file]

    def __len__(self) -> int:
        return len(self.columns["image"])

    @cached_property
    def head(self) -> HeadModel:
        """The shipped one."""
        return load_head()

    @cached_property
    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """Face points float32 (N, 468, 3), pixels, and presence float32 (N,)."""
        points, presence = stored_meshes(self.data, self.meshes, self.file)
        chosen = self.chosen(len(points))
        return points[chosen], presence[chosen]

    @cached_property
    def seen(self) -> np.ndarray:
        """Whether the landmark network sees a face, bool (N,)."""
        return self.points[1] > ENOUGH_PRESENCE

    @cached_property
    def solved(self) -> SolvedFaces:
        """What the solver says of the points."""
        solved = stored_solutions(self.head, self.data, self.meshes, self.file)
        return solved.rows(self.chosen(len(solved)))

    def read(self, model: FrozenModel) -> list[dict[str, np.ndarray]]:
        """Outputs of a face model, single crop."""
        spec = model.manifest.input
        assert spec is not None
        return [
            model.run_face(tight_input(picture, spec, self.layout))
            for picture in progress(self.pictures, len(self), f"{model.manifest.name} on {self.file}")
        ]

    @cached_property
    def attributes(self) -> list[Attribute]:
        """By age and gender, labelled or estimated; brightness, head pose, size and sharpness, measured."""
        return [*self._people(), *self._measured()]

    @property
    def persons(self) -> np.ndarray | None:
        """Who is seen, where the file tells."""
        return np.array(self.columns["subject"], str) if "subject" in self.columns else None

    def _people(self) -> list[Attribute]:
        if self.file == UTK:
            path = self.data / self.file
            years = number_column(self.columns, "age", path)
            genders = [gender or "" for gender in self.columns["gender"]]
            return [by_age(years, LABELLED), by_name("gender", LABELLED, genders)]
        model = FrozenModel.load("age_gender")
        told, temperature = self.read(model), model.manifest.age_temperature
        years = distribution_median(np.stack([softmax(one["age"], temperature) for one in told]))
        female = [sigmoid(one["female"][0]) > 0.5 for one in told]
        return [
            by_age(years.astype(float), ESTIMATED),
            by_name("gender", ESTIMATED, ["female" if one else "male" for one in female]),
        ]

    def _measured(self) -> list[Attribute]:
        light = np.array([brightness(picture) for picture in self.pictures])
        turned = turn_angles_deg(self.solved.turn)
        turned[~self.seen] = np.nan
        right, left = OUTER_EYES
        points = self.points[0]
        apart = np.linalg.norm(points[:, right, :2] - points[:, left, :2], axis=1).astype(float)
        apart[~self.seen] = np.nan
        return [
            by_band("brightness", MEASURED, light, _BRIGHTNESS, _BRIGHTNESS_NAMES),
            by_band("head turned", MEASURED, np.abs(turned[:, 0]), _YAW_DEG, _YAW_NAMES),
            by_band("head nodded", MEASURED, turned[:, 1], _PITCH_DEG, _PITCH_NAMES),
            Attribute("head pose", MEASURED, {"no face for the landmark network": ~self.seen}),
            by_quarter("size", apart, "smallest", "largest", 1, "px between outer eye corners"),
            by_quarter(
                "sharpness", np.array([sharpness(picture) for picture in self.pictures]), "most blurred",
                "sharpest", 2,
            ),
        ]  # fmt: skip
