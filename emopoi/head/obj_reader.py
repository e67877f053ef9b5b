"""Meshes in Wavefront's OBJ format."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError


@dataclass(frozen=True, slots=True, eq=False)
class ObjMesh:
    """What an OBJ file holds of a mesh, polygons cut into triangles.

    Attributes:
        vertices: float64 (V, 3).
        faces: int32 (F, 3).
        uv: float64 (U, 2); empty where the file has none.
        uv_faces: int32 (F, 3) into uv; empty where the file has none.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    uv: NDArray[np.float64]
    uv_faces: NDArray[np.int32]


def read_obj_vertices(path: Path) -> NDArray[np.float64]:
    """Only the vertices, of a file that has the triangles of another one.

    Returns:
        float64 (V, 3).

    Raises:
        ModelFileError: no such file, or its vertices can not be read.
    """
    return _numbers(_lines(path), b"v ", 3, path)


def read_obj(path: Path) -> ObjMesh:
    """Read a mesh; normals, groups, materials, lines and points are passed over.

    Raises:
        ModelFileError: no such file, or it is no OBJ file, or a face asks for a vertex it does not have.
    """
    lines = _lines(path)
    vertices = _numbers(lines, b"v ", 3, path)
    uv = _numbers(lines, b"vt ", 2, path)
    if not len(vertices):
        raise ModelFileError(f"{path}: no OBJ file, it has no vertices")
    polygons = [line.split()[1:] for line in lines if line.startswith(b"f ")]
    faces, uv_faces = [], []
    try:
        for polygon in polygons:
            corners = [corner.split(b"/") for corner in polygon]
            vertex = [int(corner[0]) for corner in corners]
            place = [int(corner[1]) if len(corner) > 1 and corner[1] else 0 for corner in corners]
            for second in range(1, len(vertex) - 1):
                faces.append((vertex[0], vertex[second], vertex[second + 1]))
                uv_faces.append((place[0], place[second], place[second + 1]))
        triangles = np.array(faces, np.int64).reshape(-1, 3)
        places = np.array(uv_faces, np.int64).reshape(-1, 3)
    except (ValueError, OverflowError):
        raise ModelFileError(f"{path}: a face that is no list of numbers") from None
    has_uv = len(uv) > 0 and len(places) > 0 and bool((places != 0).all())
    return ObjMesh(
        vertices,
        _indices(triangles, len(vertices), path),
        uv if has_uv else np.zeros((0, 2)),
        _indices(places, len(uv), path) if has_uv else np.zeros((0, 3), np.int32),
    )


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: can not be read ({error.strerror})") from None


def _numbers(lines: list[bytes], mark: bytes, width: int, path: Path) -> NDArray[np.float64]:
    rows = [line[len(mark) :] for line in lines if line.startswith(mark)]
    if not rows:
        return np.zeros((0, width))
    what = f"{width} finite numbers after each {mark.decode().strip()!r} were expected"
    # A weight or a colour may follow the coordinates.
    columns = max(len(rows[0].split()), width)
    with warnings.catch_warnings():
        # Text that is no number ends the reading with a warning, and then the count is wrong.
        warnings.simplefilter("ignore", DeprecationWarning)
        numbers = np.fromstring(b" ".join(rows), np.float64, sep=" ")
    if len(numbers) != len(rows) * columns or not np.isfinite(numbers).all():
        raise ModelFileError(f"{path}: {what}")
    table = numbers.reshape(len(rows), columns)
    return table[:, :width].copy()


def _indices(numbers: NDArray[np.int64], count: int, path: Path) -> NDArray[np.int32]:
    """OBJ counts from 1; negative numbers count from the end."""
    indices = np.where(numbers < 0, numbers + count, numbers - 1)
    if indices.size and not (0 <= indices.min() and indices.max() < count):
        raise ModelFileError(f"{path}: a face asks for a vertex or texture place that the file does not have")
    return indices.astype(np.int32)
