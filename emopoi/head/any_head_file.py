"""A head from whatever file it is in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from emopoi.errors import InputError, ModelFileError
from emopoi.head.flame_landmarks import read_flame_landmarks
from emopoi.head.flame_pickle import PICKLE_STARTS, read_flame_pickle
from emopoi.head.head_file import read_head_npz
from emopoi.head.head_model import HeadModel


def read_head(path: Path, landmarks: Path | None = None) -> HeadModel:
    """Read an npz of ours or a pickle of FLAME, known by its first bytes.

    Args:
        path: the file.
        landmarks: a landmark file of FLAME that replaces what the head has; see `read_flame_landmarks`.

    Raises:
        ModelFileError: no such file, or neither of the two, or damaged.
    """
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: can not be read ({error.strerror})") from None
    if start != b"PK":
        if not start.startswith(PICKLE_STARTS):
            raise ModelFileError(f"{path}: no head, an npz or a FLAME pickle was expected")
        return read_flame_pickle(path, landmarks)
    head = read_head_npz(path)
    if landmarks is None:
        return head
    try:
        return dataclasses.replace(head, landmarks=read_flame_landmarks(landmarks))
    except InputError as error:
        raise ModelFileError(f"{landmarks}: {error}") from error
