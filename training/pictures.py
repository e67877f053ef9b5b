"""Pictures of a table as one array; what can not be read is left out, and said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from emopoi.errors import InputError

MOST_UNREADABLE = 0.5
"""Above this share it is not some pictures that are damaged but the file is of another kind."""


def decode_picture(data: object, flags: int) -> np.ndarray | None:
    """One picture from JPEG or PNG bytes.

    Args:
        data: the bytes.
        flags: of `cv2.imdecode`.

    Returns:
        uint8 (H, W) or (H, W, 3) BGR as the flags say; None where the bytes are no picture.
    """
    if not isinstance(data, bytes) or not data:
        return None
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None


def read_pictures(
    path: Path, images: pd.Series, decode: Callable[[object], np.ndarray | None]
) -> tuple[np.ndarray, np.ndarray]:
    """Decode all pictures of a file that can be decoded.

    Args:
        path: of the file, for messages.
        images: encoded pictures; the index holds their rows in the file.
        decode: gives uint8 (S, S, C), or None for an unreadable picture.

    Returns:
        uint8 (N, S, S, C) and bool (rows,): which rows they are. Unreadable rows are counted and
        listed on stderr, the first one of the file as 0.

    Raises:
        InputError: there are no pictures, or more than half of them can not be read.
    """
    decoded = [decode(data) for data in images]
    readable = np.array([picture is not None for picture in decoded], bool)
    lost = np.flatnonzero(~readable)
    if not readable.any() or len(lost) > MOST_UNREADABLE * len(decoded):
        raise InputError(
            f"{path}: JPEG or PNG bytes were expected in the column image, {len(lost)} of {len(decoded)} "
            "rows have none that can be read"
        )
    if len(lost):
        rows = ", ".join(map(str, images.index[lost]))
        print(
            f"{path}: {len(lost)} of {len(decoded)} pictures can not be read and are left out: rows {rows}",
            file=sys.stderr,
            flush=True,
        )
    return np.stack([picture for picture in decoded if picture is not None]), readable
