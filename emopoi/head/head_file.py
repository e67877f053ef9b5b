"""A head on disk: npz with the array names of FLAME's file."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError, ModelFileError
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import LandmarkEmbedding
from emopoi.head.whole_files import write_whole

_FLOATS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights")


def read_head_npz(path: Path) -> HeadModel:
    """Read a head that `write_head_npz` wrote, or an npz made of a FLAME file.

    Args:
        path: .npz with at least v_template, f, shapedirs, posedirs, J_regressor, kintree_table, weights.

    Raises:
        ModelFileError: no such file, no npz, an array is missing or does not fit.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: can not be read ({error.strerror})") from None
    return head_from_npz(content, path.stem, str(path))


def head_from_npz(content: bytes, name: str, origin: str) -> HeadModel:
    """A head of the bytes of an npz.

    Args:
        content: as `head_to_npz` gives it.
        name: where the npz tells none.
        origin: for errors.

    Raises:
        ModelFileError: no npz, an array is missing or does not fit.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays: dict[str, Any] = {key: stored[key] for key in stored.files}
    except (
        *(OSError, ValueError, EOFError, TypeError, AttributeError, KeyError, MemoryError),
        *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError),
    ) as error:
        raise ModelFileError(f"{origin}: no npz of arrays ({_line(error)})") from error
    return head_from_arrays(arrays, name, origin)


def head_from_arrays(arrays: dict[str, Any], name: str, origin: str) -> HeadModel:
    """A head of arrays with FLAME's names.

    Args:
        arrays: as in FLAME's file, floats of any size; beside them, where given: n_identity,
            expression_names, landmark_faces, landmark_barycentrics, landmark_indices, landmark_offsets,
            unit_m, uv, uv_f, face_parts, name, licence.
        name: where the arrays tell none.
        origin: for errors.

    Raises:
        ModelFileError: an array is missing, or they do not fit together.
    """
    missing = sorted({*_FLOATS, "f", "kintree_table"} - arrays.keys())
    if missing:
        raise ModelFileError(f"{origin}: no head, it has no {', '.join(missing)}")
    try:
        floats = {key: np.asarray(arrays[key], np.float32) for key in _FLOATS}
        modes = floats["shapedirs"].shape[-1]
        # FLAME's layout: 300 of its 400 columns are identity.
        n_identity = int(arrays.get("n_identity", 300 if modes == 400 else modes))
        faces = np.asarray(arrays.get("landmark_faces", np.zeros(0)), np.int32)
        parents = np.asarray(arrays["kintree_table"]).astype(np.int64)[0]
        parents[0] = -1
        return HeadModel(
            name=str(arrays.get("name", name)),
            f=np.asarray(arrays["f"]).astype(np.int32),
            parents=parents.astype(np.int32),
            n_identity=n_identity,
            expression_names=tuple(str(word) for word in arrays.get("expression_names", ())),
            landmarks=LandmarkEmbedding(
                faces=faces,
                barycentrics=np.asarray(arrays.get("landmark_barycentrics", np.zeros((0, 3))), np.float32),
                indices=np.asarray(arrays.get("landmark_indices", np.arange(len(faces))), np.int32),
                offsets=np.asarray(arrays.get("landmark_offsets", np.zeros((len(faces), 3))), np.float32),
            ),
            unit_m=float(arrays.get("unit_m", 1.0)),
            uv=np.asarray(arrays.get("uv", np.zeros((0, 2))), np.float32),
            uv_f=np.asarray(arrays.get("uv_f", np.zeros((0, 3))), np.int32),
            face_parts=np.asarray(arrays.get("face_parts", np.zeros(0)), np.uint8),
            licence=str(arrays.get("licence", "")),
            **floats,
        )
    except (InputError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise ModelFileError(f"{origin}: {_line(error)}") from error


def write_head_npz(head: HeadModel, path: Path, *, half: bool = False) -> None:
    """Write a head under a temporary name, then rename.

    Args:
        head: to write.
        path: ends in .npz.
        half: store shapedirs and posedirs as float16.

    Raises:
        OutputError: it can not be written.
    """
    write_whole({path: head_to_npz(head, half=half)})


def head_to_npz(head: HeadModel, *, half: bool = False) -> bytes:
    """The bytes of an npz.

    Args:
        head: to write.
        half: store shapedirs and posedirs as float16.
    """
    small = np.float16 if half else np.float32
    kintree = np.stack([head.parents, np.arange(len(head.parents))])
    arrays = {
        "name": np.array(head.name),
        "v_template": head.v_template,
        "f": head.f,
        "shapedirs": head.shapedirs.astype(small),
        "n_identity": np.array(head.n_identity),
        "expression_names": np.array(head.expression_names, dtype=np.str_),
        "posedirs": head.posedirs.astype(small),
        "J_regressor": head.J_regressor,
        "kintree_table": kintree.astype(np.int64),
        "weights": head.weights,
        "landmark_faces": head.landmarks.faces,
        "landmark_barycentrics": head.landmarks.barycentrics,
        "landmark_indices": head.landmarks.indices,
        "landmark_offsets": head.landmarks.offsets,
        "unit_m": np.array(head.unit_m),
        "uv": head.uv,
        "uv_f": head.uv_f,
        "face_parts": head.face_parts,
        "licence": np.array(head.licence),
    }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
