"""Points of labelled pictures and what a head says of them, worked out once and kept in files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import LandmarkSolver, SolverSettings
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import axis_angle
from emopoi.models.face_coefficients import POSE
from emopoi.progress import progress
from training.face3d.meshes import meshes_of_file

ENOUGH_PRESENCE = 0.5
"""From here on the landmark network is taken to see a face."""


@dataclass(frozen=True, eq=False)
class SolvedFaces:
    """What a head says of many faces.

    Attributes:
        points: float32 (N, 3 L), aligned: what the network is fed.
        identity: float32 (N, I).
        expression: float32 (N, E).
        pose: float32 (N, 7), what alignment missed, see `models.face_coefficients.POSE`.
        turn: float32 (N, 3), of the head against the camera, axis-angle radians.
        error: float32 (N,), over the outer-eye distance.
    """

    points: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    pose: np.ndarray
    turn: np.ndarray
    error: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def rows(self, chosen: np.ndarray) -> SolvedFaces:
        """Some of them."""
        return SolvedFaces(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def coefficients(self) -> np.ndarray:
        """float32 (N, I + E + 3), the input of the network that names expressions."""
        return np.concatenate([self.identity, self.expression, self.turn], axis=1)

    def raw(self) -> np.ndarray:
        """float32 (N, 3 L + 3), the same faces without a head between: points and turn."""
        return np.concatenate([self.points, self.turn], axis=1)


def stored_meshes(
    data: Path, cache: Path, file: str, rows: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Points of a file's pictures.

    Args:
        data: folder of the data.
        cache: folder where they are kept.
        file: parquet, relative to `data`.
        rows: only the first so many, found anew and not kept.

    Returns:
        float32 (N, 468, 3) and presence float32 (N,), a row for each of the file.
    """
    if rows is not None:
        return meshes_of_file(data / file, rows)
    kept = points_file(cache, file)
    if not kept.is_file():
        points, presence = meshes_of_file(data / file)
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(kept, points=points, presence=presence)
    stored = np.load(kept)
    return stored["points"], stored["presence"]


def points_file(cache: Path, file: str) -> Path:
    """Where the points of a file's pictures are kept."""
    return cache / (_plain(file) + ".npz")


def mirrored(points: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Faces as in a mirror: float (N, 468, 3), `mirror` int (468,) names each point's image."""
    return points[:, mirror] * np.array([-1, 1, 1], points.dtype)


def stored_solutions(
    head: HeadModel,
    data: Path,
    cache: Path,
    file: str,
    *,
    mirror: np.ndarray | None = None,
    rows: int | None = None,
) -> SolvedFaces:
    """Solve all faces of a file, each by itself; where no point was found the mean face stands.

    Args:
        head: solved for.
        data: folder of the data.
        cache: folder where points and solutions are kept.
        file: parquet, relative to `data`.
        mirror: solve the faces' mirror images instead.
        rows: only the first so many, solved anew and not kept.
    """
    if rows is not None:
        points, _ = stored_meshes(data, cache, file, rows)
        return solve_all(head, points if mirror is None else mirrored(points, mirror))
    # What decides a solution: landmarks of the head, not its teeth.
    fields = (head.landmark_points(head.v_template), head.landmarks.apply(head.shapedirs, head.f))
    settings = repr(SolverSettings())
    key = hashlib.sha256(b"".join(map(np.ndarray.tobytes, fields)) + settings.encode()).hexdigest()[:12]
    side = "" if mirror is None else "_mirrored"
    kept = cache / f"{_plain(file)}{side}_{key}.npz"
    if not kept.is_file():
        points, _ = stored_meshes(data, cache, file)
        faces = solve_all(head, points if mirror is None else mirrored(points, mirror))
        np.savez(kept, **{name: getattr(faces, name) for name in faces.__dataclass_fields__})
    stored = np.load(kept)
    return SolvedFaces(**{name: stored[name] for name in stored.files})


def solve_all(head: HeadModel, points: np.ndarray) -> SolvedFaces:
    """Solve faces one by one; a row of zeros gives the mean face.

    Args:
        head: solved for.
        points: float32 (N, 468, 3), as of `FaceMesh.points`.
    """
    solver, alignment = LandmarkSolver(head), PointAlignment(head)
    count, marks = len(points), len(head.landmarks)
    identity = np.zeros((count, head.n_identity), np.float32)
    expression = np.zeros((count, head.n_expressions), np.float32)
    aligned = np.zeros((count, 3 * marks), np.float32)
    pose, turn = np.zeros((count, POSE), np.float32), np.zeros((count, 3), np.float32)
    error = np.zeros(count, np.float32)
    for row, face in enumerate(progress(points, count, "solving faces")):
        if not face.any():
            continue
        placed = alignment.align(face)
        state = solver.start(face)
        residual = solver.advance(state, face, solver.settings.steps, identity_known=False)
        solved = solver.told(state, residual)
        aligned[row] = placed.difference.ravel()
        identity[row] = solved.coefficients.identity
        expression[row] = solved.coefficients.expression
        turn[row], error[row] = solved.coefficients.pose[0], solved.error
        pose[row, :3] = axis_angle(placed.rotation.T @ state.rotation)
        pose[row, 3] = np.log(state.scale / placed.scale)
        pose[row, 4:] = placed.rotation.T @ (state.place - placed.place) / placed.scale
    return SolvedFaces(aligned, identity, expression, pose, turn, error)


def _plain(file: str) -> str:
    return file.replace("/", "_").removesuffix(".parquet")
