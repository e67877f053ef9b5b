"""Landmark files that go with FLAME: points on its triangles by MediaPipe's or iBUG's numbers."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError, ModelFileError
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE, JAW_LINE
from emopoi.head.inert_pickle import Name, Note, array_of, read_inert
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS, LandmarkEmbedding

BESIDE = ("mediapipe_landmark_embedding.npz", "landmark_embedding.npy", "flame_static_embedding.pkl")
"""What is looked for beside a FLAME file, best first: 105 points of MediaPipe, 68 and 51 of iBUG."""

_LAYOUTS = (
    ("lmk_face_idx", "lmk_b_coords"),
    ("full_lmk_faces_idx", "full_lmk_bary_coords"),
    ("static_lmk_faces_idx", "static_lmk_bary_coords"),
)

_BROKEN = (
    *(OSError, ValueError, EOFError, TypeError, AttributeError, KeyError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError),
)
"""What NumPy and zipfile raise on damaged files."""


def find_flame_landmarks(folder: Path) -> Path | None:
    """The best landmark file in a folder."""
    return next((folder / name for name in BESIDE if (folder / name).is_file()), None)


def read_flame_landmarks(path: Path) -> LandmarkEmbedding:
    """Read `mediapipe_landmark_embedding.npz` (105 points), `landmark_embedding.npy` (68) or a pickle (51).

    Args:
        path: known by its content, not by its name. Of a file with iBUG's points, `IBUG_TO_MEDIAPIPE` tells
            what they are in MediaPipe's mesh; irises, which the mesh of 468 lacks, are left out.

    Raises:
        ModelFileError: no such file, damaged, or not one of the three.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: can not be read ({error.strerror})") from None
    stored = _stored(content, path)
    layout = next((pair for pair in _LAYOUTS if stored.keys() >= set(pair)), None)
    if layout is None:
        raise ModelFileError(
            f"{path}: no landmarks of FLAME, one of {', '.join(pair[0] for pair in _LAYOUTS)} was expected"
        )
    try:
        faces = array_of(stored[layout[0]]).reshape(-1)
        barycentrics = array_of(stored[layout[1]]).reshape(-1, 3)
        numbers = array_of(stored["landmark_indices"]).reshape(-1) if "landmark_indices" in stored else None
        if numbers is None:
            known = {len(IBUG_TO_MEDIAPIPE): 0, len(IBUG_TO_MEDIAPIPE) - JAW_LINE: JAW_LINE}
            if len(faces) not in known:
                raise ModelFileError(f"68 or 51 points of iBUG were expected, got {len(faces)}")
            numbers = IBUG_TO_MEDIAPIPE[known[len(faces)] :]
        if not len(faces) == len(barycentrics) == len(numbers):
            raise ModelFileError(
                f"parts that fit were expected, got {len(faces)}, {len(barycentrics)} and {len(numbers)}"
            )
        mesh = numbers < MEDIAPIPE_POINTS
        return LandmarkEmbedding(
            faces[mesh].astype(np.int32),
            barycentrics[mesh].astype(np.float32),
            numbers[mesh].astype(np.int32),
            np.zeros((int(mesh.sum()), 3), np.float32),
        )
    except (ModelFileError, InputError, ValueError) as error:
        raise ModelFileError(f"{path}: {str(error).split(chr(10), 1)[0]}") from None


def _stored(content: bytes, path: Path) -> dict[str, Any]:
    if content.startswith(b"PK"):
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except _BROKEN as error:
            raise ModelFileError(f"{path}: no whole npz ({str(error).split(chr(10), 1)[0]})") from None
    if content.startswith(b"\x93NUMPY"):
        stream = io.BytesIO(content)
        try:
            version = np.lib.format.read_magic(stream)
            first = version == (1, 0)
            reader = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
            _, _, dtype = reader(stream)
        except (ValueError, TypeError, EOFError) as error:
            raise ModelFileError(f"{path}: no whole npy ({str(error).split(chr(10), 1)[0]})") from None
        if not dtype.hasobject:
            raise ModelFileError(f"{path}: a dictionary of landmarks was expected, got an array of {dtype}")
        content = content[stream.tell() :]
    stored = read_inert(content, str(path))
    if isinstance(stored, Note) and stored.kind.name == "_reconstruct":
        # np.save puts a dictionary into an array of one object.
        inside = stored.state[-1] if isinstance(stored.state, tuple) and stored.state else None
        stored = inside[0] if isinstance(inside, list) and len(inside) == 1 else None
    if not isinstance(stored, dict):
        raise ModelFileError(f"{path}: a dictionary of landmarks was expected")
    return {str(key): value for key, value in stored.items() if not isinstance(key, (Note, Name))}
