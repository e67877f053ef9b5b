"""Crops of faces with their points and coefficients: what the pixel regressor learns from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import OUTER_EYES
from emopoi.head.skinning import rotation_matrices
from emopoi.preprocess import CropLayout, crop_face
from emopoi.preprocess.crop import crop_matrix
from emopoi.progress import progress
from emopoi.types import Face
from training.face3d.meshes import read_pictures
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes, stored_solutions

LAYOUT = CropLayout(eyes_y=0.39, mouth_y=0.71, eye_distance=0.31)
"""Chin and forehead are in it, and room for cheeks that turn."""

PICTURE = 104
"""Side of the pictures that training crops are cut from, pixels."""

_RIGHT_EYE, _LEFT_EYE = (33, 133, 159, 145), (263, 362, 386, 374)
_NOSE, _LIPS, _RIGHT_EAR, _LEFT_EAR = 1, (13, 14), 234, 454


@dataclass(frozen=True, eq=False)
class RegressorFaces:
    """Faces of one layout.

    Attributes:
        pictures: uint8 (N, P, P, 3) RGB.
        points: float32 (N, 468, 3), MediaPipe's points in pixels of them, depth in the same unit.
        eye_distance_px: float32 (N,), of the outer eye corners in space.
        identity: float32 (N, I), of the landmark solver.
        expression: float32 (N, E), of the landmark solver.
        rotation: float32 (N, 3, 3), of the head against the picture, of the landmark solver.
    """

    pictures: np.ndarray
    points: np.ndarray
    eye_distance_px: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    rotation: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)

    def rows(self, chosen: np.ndarray) -> RegressorFaces:
        """Some of them."""
        return RegressorFaces(**{name: part[chosen] for name, part in vars(self).items()})


def keypoints_of(points: np.ndarray) -> np.ndarray:
    """The six points that a detector would give, from the mesh: float32 (6, 2) in order of `KEYPOINTS`.

    Args:
        points: float (468, 3).
    """
    flat = points[:, :2]
    return np.stack(
        [
            flat[list(_RIGHT_EYE)].mean(axis=0),
            flat[list(_LEFT_EYE)].mean(axis=0),
            flat[_NOSE],
            flat[list(_LIPS)].mean(axis=0),
            flat[_RIGHT_EAR],
            flat[_LEFT_EAR],
        ]
    ).astype(np.float32)


def cut(
    picture: np.ndarray, points: np.ndarray, size: int = PICTURE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One face in the layout.

    Args:
        picture: uint8 (H, W, 3) RGB.
        points: float (468, 3), pixels of it.
        size: side of the crop, pixels.

    Returns:
        uint8 (size, size, 3), the points in its pixels, float32 (468, 3), and how the crop turned the
        picture, as a turn of space with y up, float64 (3, 3).
    """
    face = Face((0.0, 0.0, 1.0, 1.0), 1.0, keypoints_of(points))
    matrix = crop_matrix(face, LAYOUT, size)
    moved = np.empty_like(points, np.float32)
    moved[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    larger = np.hypot(matrix[0, 0], matrix[0, 1])
    moved[:, 2] = points[:, 2] * larger
    turn = np.eye(3)
    turn[:2, :2] = matrix[:, :2] / larger * [[1, -1], [-1, 1]]
    return crop_face(picture, face, LAYOUT, size), moved, turn


def load_regressor_faces(
    head: HeadModel, data: Path, cache: Path, files: tuple[str, ...], rows: int | None = None
) -> RegressorFaces:
    """Cut all faces that the landmark network sees.

    Args:
        head: whose coefficients the solver finds.
        data: folder of the data.
        cache: where points and solutions are kept.
        files: parquet with a column `image`, relative to `data`.
        rows: only the first so many of each.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in RegressorFaces.__dataclass_fields__}
    for file in files:
        points, presence = stored_meshes(data, cache, file, rows)
        solved = stored_solutions(head, data, cache, file, rows=rows)
        seen = np.flatnonzero(presence > ENOUGH_PRESENCE)
        encoded = read_pictures(data / file)
        pictures = np.empty((len(seen), PICTURE, PICTURE, 3), np.uint8)
        moved = np.empty((len(seen), *points.shape[1:]), np.float32)
        rotation = np.empty((len(seen), 3, 3), np.float32)
        for place, row in enumerate(progress(seen, len(seen), f"cutting {Path(file).parent.name}")):
            picture = cv2.imdecode(np.frombuffer(encoded[row], np.uint8), cv2.IMREAD_COLOR)
            rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            pictures[place], moved[place], turn = cut(rgb, points[row])
            rotation[place] = turn @ rotation_matrices(solved.turn[row].astype(np.float64))
        parts["pictures"].append(pictures)
        parts["points"].append(moved)
        right, left = OUTER_EYES
        parts["eye_distance_px"].append(np.linalg.norm(moved[:, right] - moved[:, left], axis=1))
        parts["identity"].append(solved.identity[seen])
        parts["expression"].append(solved.expression[seen])
        parts["rotation"].append(rotation)
    return RegressorFaces(**{name: np.concatenate(arrays) for name, arrays in parts.items()})
