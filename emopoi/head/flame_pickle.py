"""FLAME's own file, as its makers hand it out.

Li et al. 2017, "Learning a model of facial shape and expression from 4D scans". All versions from 2017 to
2023 Open have the same arrays; the older ones hold them as chumpy and SciPy objects of Python 2.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError, ModelFileError
from emopoi.head.flame_landmarks import find_flame_landmarks, read_flame_landmarks
from emopoi.head.head_file import head_from_arrays
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.inert_pickle import array_of, read_inert
from emopoi.types.face_coefficients import JOINTS

_SHAPES = {
    "v_template": (5023, 3),
    "f": (9976, 3),
    "shapedirs": (5023, 3, 400),
    "weights": (5023, 5),
    "J_regressor": (5, 5023),
    "kintree_table": (2, 5),
}
_ARRAYS = (*_SHAPES, "posedirs")
PICKLE_STARTS = (b"\x80", b"(", b"c", b"}")
"""A pickle starts with its protocol, or in the oldest one with a letter."""
_POSE_ENTRIES = 9 * (len(JOINTS) - 1)

OPEN_LICENCE = "CC-BY-4.0 (FLAME 2023 Open, by the file's name); cite Li et al. 2017, say what was changed"
LICENCE = "that of FLAME (flame.is.tue.mpg.de), as the file was got: non-commercial for 2017, 2020 and 2023"


def read_flame_pickle(path: Path, landmarks: Path | None = None) -> HeadModel:
    """Read `generic_model.pkl`, `flame2023.pkl`, `flame2023_Open.pkl` and their kind; nothing in it is run.

    Args:
        path: the pickle.
        landmarks: see `read_flame_landmarks`; what lies beside the pickle where None, no landmarks where
            nothing does.

    Returns:
        A head in metres, with 300 modes of identity and 100 expressions without names.

    Raises:
        ModelFileError: no such file, cut, not FLAME's arrays, or it names something to be run.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: can not be read ({error.strerror})") from None
    if not content.startswith(PICKLE_STARTS):
        raise ModelFileError(f"{path}: no FLAME pickle")
    stored = read_inert(content, str(path))
    if not isinstance(stored, dict) or not all(isinstance(key, str) for key in stored):
        raise ModelFileError(f"{path}: no head, a dictionary of arrays was expected")
    missing = sorted(set(_ARRAYS) - stored.keys())
    if missing:
        raise ModelFileError(f"{path}: no FLAME file, it has no {', '.join(missing)}")
    arrays: dict[str, Any] = {}
    for name in _ARRAYS:
        try:
            arrays[name] = array_of(stored[name])
        except ModelFileError as error:
            raise ModelFileError(f"{path}: {name}: {error}") from None
    for name, shape in _SHAPES.items():
        if arrays[name].shape != shape:
            raise ModelFileError(
                f"{path}: no version of FLAME that is known, {name} of shape {shape} was expected, "
                f"got {arrays[name].shape}"
            )
    posedirs = arrays["posedirs"]
    if posedirs.shape == (_POSE_ENTRIES, 3 * len(arrays["v_template"])):
        arrays["posedirs"] = posedirs.T.reshape(-1, 3, _POSE_ENTRIES)
    arrays["unit_m"] = 1.0
    arrays["face_parts"] = _parts(arrays)
    arrays["licence"] = OPEN_LICENCE if "open" in path.stem.lower() else LICENCE
    head = head_from_arrays(arrays, path.stem, str(path))
    where = landmarks or find_flame_landmarks(path.parent)
    if where is None:
        return head
    try:
        return dataclasses.replace(head, landmarks=read_flame_landmarks(where))
    except InputError as error:
        raise ModelFileError(f"{where}: {error}") from error


def _parts(arrays: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Eyeballs hang on their joints whole; FLAME has no teeth and no mouth inside."""
    faces = arrays["f"].astype(np.int64)
    if faces.min() < 0 or faces.max() >= len(arrays["weights"]):
        return np.zeros(len(faces), np.uint8)  # the head's own check says it better
    eye = arrays["weights"][:, JOINTS.index("left_eye") :].sum(axis=1) > 0.5
    return np.where(eye[faces].all(axis=1), PARTS.index("eyes"), PARTS.index("skin")).astype(np.uint8)
