"""FER2013 as aligned face points with soft targets: what every network of the study is trained with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.head.face_numbers import face_numbers
from emopoi.types.labels import FER7
from training.expression3d.aligned_points import align_all, alignment
from training.expression3d.image_answers import image_answers
from training.expression3d.landmark_table import landmark_table
from training.fer2013 import load_faces, shown_pictures
from training.soft_labels import blend

TRAIN, VALID = "fer2013/train.parquet", "fer2013/public_test.parquet"


@dataclass(frozen=True, eq=False)
class LabelledPoints:
    """Faces of one file.

    Attributes:
        faces: float32 (N, 1407), see `models.landmark_emotion`; zeros where no points were placed.
        labels: int64 (N,), FER-7.
        targets: float32 (N, 7), what is learned; for validation the labels alone.
        presence: float32 (N,), how sure the landmark network is that there is a face.
        placed: bool (N,), whether there are points.
        answers: float32 (N, 7), of the shipped network of pictures.
        rows: int64 (N,), in the file.
    """

    faces: np.ndarray
    labels: np.ndarray
    targets: np.ndarray
    presence: np.ndarray
    placed: np.ndarray
    answers: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, chosen: np.ndarray) -> LabelledPoints:
        """Some of them."""
        return LabelledPoints(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Labels:
    """How labels become targets.

    Attributes:
        votes: share of a target that the FER+ votes give (`training.soft_labels`).
        smoothing: share spread over all labels.
        teacher: share that the answers of the network of pictures give: what it saw in the face that points
            do not show still tells which faces are alike.
        balance: power of the classes' frequencies by which rare ones weigh more; 0 for none.

    Raises:
        InputError: a value is out of range.
    """

    votes: float = 0.2
    smoothing: float = 0.05
    teacher: float = 0.5
    balance: float = 0.0

    def __post_init__(self):
        for name in ("votes", "smoothing", "teacher", "balance"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name}: 0 to 1 was expected, got {getattr(self, name)}")


def training_points(data: Path, kept: Path, labels: Labels, rows: int | None = None) -> LabelledPoints:
    """Training faces: no copies, none that validation shows, none that was voted "not a face".

    Args:
        data: holds fer2013/.
        kept: folder of the tables of points and of the teacher's answers.
        labels: how targets are made.
        rows: only the first so many.

    Raises:
        InputError: a file is missing or of another kind.
    """
    folder = data / "fer2013"
    faces = load_faces(folder / "train.parquet", leave_out=shown_pictures(folder), clean=True).first(rows)
    targets = blend(faces.ferplus8, faces.fer7, labels.votes, labels.smoothing)
    found = _points(data / TRAIN, kept, faces, targets)
    targets = ((1 - labels.teacher) * targets + labels.teacher * found.answers).astype(np.float32)
    kept_faces = LabelledPoints(
        **{name: getattr(found, name) for name in found.__dataclass_fields__ if name != "targets"},
        targets=targets,
    )
    # Where nothing was placed there is nothing to learn.
    return kept_faces.at(found.placed)


def validation_points(data: Path, kept: Path, rows: int | None = None) -> LabelledPoints:
    """All faces of public_test, found or not.

    Args:
        data: holds fer2013/.
        kept: as for `training_points`.
        rows: only the first so many.
    """
    faces = load_faces(data / VALID).first(rows)
    return _points(data / VALID, kept, faces, np.eye(len(FER7), dtype=np.float32)[faces.fer7])


def class_weights(labels: np.ndarray, power: float) -> np.ndarray:
    """float32 (N,), mean 1: how much each face weighs, by how rare its label is."""
    counts = np.maximum(np.bincount(labels, minlength=len(FER7)), 1)
    weights = (counts[labels] / len(labels)) ** -power
    return (weights / weights.mean()).astype(np.float32)


def _points(file: Path, kept: Path, faces, targets: np.ndarray) -> LabelledPoints:
    table = landmark_table(file, kept / file.name).rows(faces.rows)
    differences, turns = align_all(alignment().template, table.points)
    return LabelledPoints(
        faces=face_numbers(differences, turns),
        labels=faces.fer7,
        targets=targets,
        presence=table.presence,
        placed=table.found,
        answers=image_answers(file, kept)[faces.rows],
        rows=faces.rows,
    )
