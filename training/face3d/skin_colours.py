"""Colours of the skin's vertices, taken off pictures whose faces were solved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import InputError
from emopoi.head.head_model import HeadModel, project
from emopoi.head.vertex_normals import vertex_normals
from emopoi.models.linear_colour import to_linear
from emopoi.models.rasterizer import Rasterizer
from emopoi.progress import progress
from emopoi.types import FaceCoefficients
from training.face3d.meshes import read_pictures
from training.face3d.stored_faces import SolvedFaces, stored_meshes, stored_solutions

_PRESENCE = 0.9
_ERROR = 0.004  # of the solver, over the outer-eye distance
_TURN_DEG = 35.0
_GREY = 4.0  # of 255: a picture whose channels differ less on the mean has no colours
_BLUR_PX = 0.7  # vertices lie some pixels apart
_GRAZING, _FACING = 0.15, 0.5  # cosine of normal and view: not believed below, fully from the second on
_BEHIND = 0.02  # of the face's width: hidden from here on
_CLIPPED = 0.97  # linear: the picture says "at least"
_PICTURE_PX = 256  # side of the picture of what hides what


@dataclass(frozen=True, eq=False)
class SkinColours:
    """What pictures show at the skin's vertices.

    Attributes:
        colours: float32 (N, S, 3), linear 0..1.
        normals: float32 (N, S, 3), of the turned head.
        weights: float32 (N, S), 0..1, how far the colour is believed.
    """

    colours: np.ndarray
    normals: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.colours)


def skin_vertices(head: HeadModel) -> np.ndarray:
    """int64 (S,), the vertices of skin triangles in order."""
    return np.unique(head.f[head.face_parts == 0])


def mirror_vertices(head: HeadModel) -> np.ndarray:
    """int64 (S,), for each of the skin's vertices which of them lies nearest to its mirror image."""
    skin = skin_vertices(head)
    # Normals tell upper from lower lip, which lie on each other.
    normals = vertex_normals(head.v_template, head.f)[skin] * 0.1 * np.ptp(head.v_template[skin, 0])
    known = np.hstack([head.v_template[skin], normals])
    images = known * np.tile([-1, 1, 1], 2)
    away = np.square(known).sum(axis=1) - 2 * images @ known.T
    return away.argmin(axis=1)


def place_camera(vertices: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Weak perspective that takes points of the posed head nearest to places.

    Args:
        vertices: float (L, 3).
        places: float (L, 2), pixels.

    Returns:
        float64 (3,) scale, x, y.
    """
    flat = vertices[:, :2] * (1, -1)
    middle, target = flat.mean(axis=0), places.mean(axis=0)
    scale = ((flat - middle) * (places - target)).sum() / ((flat - middle) ** 2).sum()
    return np.array([scale, *(target - scale * middle)])


class Unwrapping:
    """Takes colours of one head's skin from pictures; what depends on the head alone is worked out once."""

    def __init__(self, head: HeadModel) -> None:
        self._head = head
        self._skin = skin_vertices(head)
        self._rasterizer = Rasterizer(head.f, _PICTURE_PX)

    def unwrap(
        self, picture: np.ndarray, vertices: np.ndarray, camera: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Colours, normals and weights of the skin's vertices.

        Args:
            picture: uint8 (H, W, 3) RGB.
            vertices: float (V, 3), posed.
            camera: float (3,).

        Returns:
            float32 (S, 3), (S, 3) and (S,), see `SkinColours`.
        """
        normals = vertex_normals(vertices, self._head.f)[self._skin].astype(np.float32)
        places = project(vertices, camera)
        x, y = places[self._skin, :2].T.astype(np.float32)
        linear = cv2.GaussianBlur(to_linear(picture), (0, 0), _BLUR_PX)
        colours = cv2.remap(linear, x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        weights = np.clip((normals[:, 2] - _GRAZING) / (_FACING - _GRAZING), 0, 1)
        weights *= (x > 1) & (y > 1) & (x < picture.shape[1] - 2) & (y < picture.shape[0] - 2)
        weights *= colours.max(axis=1) < _CLIPPED
        return colours, normals, (weights * self._nearest(places)).astype(np.float32)

    def _nearest(self, places: np.ndarray) -> np.ndarray:
        """Which of the skin's vertices nothing hides, bool (S,)."""
        low, width = places[:, :2].min(axis=0), np.ptp(places[:, :2], axis=0).max()
        scale = (_PICTURE_PX - 1) / width
        drawn = (places - (*low, 0)) * scale
        seen = self._rasterizer.draw(drawn[None])[0]
        columns, rows = np.rint(drawn[self._skin, :2]).astype(int).T
        triangle = seen[rows, columns]
        # Nothing of a triangle is farther than its farthest corner.
        front = drawn[self._head.f[triangle], 2].min(axis=1)
        return (triangle < 0) | (drawn[self._skin, 2] > front - _BEHIND * _PICTURE_PX)


def unwrap_file(
    solved_for: HeadModel,
    head: HeadModel,
    data: Path,
    cache: Path,
    file: str,
    count: int | None,
    seed: int = 0,
) -> tuple[SkinColours, np.ndarray]:
    """Colours of a file's faces that look towards the camera.

    Args:
        solved_for: the head that solutions are of.
        head: whose vertices are meant; the same one, or a finer one.
        data: folder of the data.
        cache: where points and solutions are kept.
        file: parquet, relative to `data`.
        count: so many at most; None takes all.
        seed: of the choice.

    Returns:
        The colours, and the rows of the file that they are of.

    Raises:
        InputError: no face of the file will do.
    """
    points, presence = stored_meshes(data, cache, file)
    solved = stored_solutions(solved_for, data, cache, file)
    turned = np.degrees(np.linalg.norm(solved.turn, axis=1))
    good = np.flatnonzero((presence > _PRESENCE) & (solved.error < _ERROR) & (turned < _TURN_DEG))
    encoded = read_pictures(data / file)
    unwrapping, found, rows = Unwrapping(head), [], []
    chosen = np.random.default_rng(seed).permutation(good)
    total = len(chosen) if count is None else min(count, len(chosen))
    pictures = ((row, picture) for row in chosen if (picture := decode(encoded[row])) is not None)
    for row, picture in progress(islice(pictures, total), total, f"colours of {file}"):
        vertices, camera = posed(solved_for, head, solved, row, points[row])
        found.append(unwrapping.unwrap(picture, vertices, camera))
        rows.append(row)
    if not found:
        raise InputError(f"{data / file}: no coloured face that looks towards the camera")
    return SkinColours(*(np.stack(part) for part in zip(*found, strict=True))), np.array(rows)


def decode(encoded: bytes) -> np.ndarray | None:
    """A picture uint8 (H, W, 3) RGB; None where it is damaged or grey."""
    picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or np.ptp(picture.astype(np.int16), axis=2).mean() < _GREY:
        return None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def posed(
    solved_for: HeadModel, head: HeadModel, solved: SolvedFaces, row: int, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) and camera (3,) of a solved face in its picture, see `unwrap_file`."""
    pose = np.zeros((5, 3), np.float32)
    pose[0] = solved.turn[row]
    face = FaceCoefficients(solved.identity[row], solved.expression[row], pose)
    marks = solved_for.landmark_points(solved_for.vertices(face))
    camera = place_camera(marks, points[solved_for.landmarks.indices, :2].astype(np.float64))
    return head.vertices(face), camera
