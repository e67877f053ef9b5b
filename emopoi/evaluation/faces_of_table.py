"""Labelled pictures from a parquet file, cut for a model: whole, or found and cropped first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MissingPartError
from emopoi.evaluation.table_files import table_files
from emopoi.preprocess import CropLayout, InputSpec, crop_face, face_to_input, recrop
from emopoi.types import Face

FindFaces = Callable[[NDArray[np.uint8]], Sequence[Face]]


def read_columns(path: Path, needed: Sequence[str], wanted: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Columns of a parquet file, or of a folder of them, by name; of `wanted` those that are there.

    Args:
        path: the file or folder.
        needed: columns that must be there. "image" holds JPEG or PNG bytes, or structs with a field
            "bytes" as Hugging Face's `datasets` writes them; it comes back as bytes or None.
        wanted: columns that may be there.

    Raises:
        InputError: no such file, no parquet, or a needed column is missing or of another type.
        MissingPartError: pyarrow is not installed.
    """
    parts = [_columns_of_file(file, needed, wanted) for file in table_files(path)]
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def _columns_of_file(path: Path, needed: Sequence[str], wanted: Sequence[str]) -> dict[str, list[Any]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingPartError(
            f"parquet files are read with pyarrow: pip install pyarrow ({error})"
        ) from error

    try:
        # Opened here: pyarrow takes no file names that are not UTF-8.
        content = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: can not be read ({error.strerror or error})") from error
    try:
        file = pyarrow.parquet.ParquetFile(content)
        names = file.schema_arrow.names
        missing = [name for name in needed if name not in names]
        if missing:
            raise InputError(f"{path}: column {missing[0]!r} is missing (it has: {', '.join(names)})")
        chosen = [name for name in (*needed, *wanted) if name in names]
        table = file.read(columns=chosen)
        columns = {name: table.column(name).to_pylist() for name in chosen}
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        said = str(error).splitlines() or [type(error).__name__]
        raise InputError(f"{path}: not a readable parquet file ({said[0]})") from error
    finally:
        content.close()
    if "image" in columns:
        columns["image"] = [_picture_bytes(value, path) for value in columns["image"]]
    return columns


def _picture_bytes(value: Any, path: Path) -> bytes | None:
    data = value.get("bytes") if isinstance(value, dict) else value
    if data is None and isinstance(value, dict) and value.get("path"):
        raise InputError(f"{path}: column 'image' only names files ({value['path']}); bytes were expected")
    if data is not None and not isinstance(data, bytes):
        raise InputError(
            f"{path}: column 'image': JPEG or PNG bytes were expected, got {type(data).__name__}"
        )
    return data


def number_column(columns: dict[str, list[Any]], name: str, path: Path) -> NDArray[np.float64]:
    """A column of counts or years: float64 (N,), nan where it is null or the column is missing.

    Raises:
        InputError: a value is no number, infinite or below zero.
    """
    values = columns.get(name) or [None] * len(columns["image"])
    for row, value in enumerate(values):
        fits = value is None or (
            isinstance(value, int | float) and (math.isnan(value) or 0 <= value < math.inf)
        )
        if not fits:
            raise InputError(f"{path}: column {name!r}, row {row}: a number >= 0 was expected, got {value!r}")
    return np.array([np.nan if value is None else float(value) for value in values])


def decode_picture(data: bytes | None) -> NDArray[np.uint8] | None:
    """JPEG or PNG bytes to uint8 (H, W, 3) RGB, None where damaged or missing."""
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error:
        # A header may promise more pixels than OpenCV takes.
        return None
    return None if picture is None else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def tight_input(picture: NDArray[np.uint8], spec: InputSpec, layout: CropLayout) -> NDArray[np.float32]:
    """The input for a picture that already is a tight crop of `layout`: float32 (S, S, C)."""
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = picture[top : top + side, left : left + side]
    if spec.channels == 1:
        square = cv2.cvtColor(square, cv2.COLOR_RGB2GRAY)[..., None]
    return face_to_input(recrop(square, layout, spec.layout, spec.size), spec)


def found_input(
    picture: NDArray[np.uint8], spec: InputSpec, find_faces: FindFaces
) -> NDArray[np.float32] | None:
    """Find the largest face and cut it as the device does; None where there is none.

    A tight crop leaves a detector no room: a grey border of half the picture is put around
    it, and small pictures are enlarged.
    """
    side = max(picture.shape[:2])
    scale = max(1.0, 128 / side)
    if scale > 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    border = max(picture.shape[:2]) // 2
    room = cv2.copyMakeBorder(
        picture, border, border, border, border, cv2.BORDER_CONSTANT, value=(127, 127, 127)
    )
    faces = find_faces(room)
    if not faces:
        return None
    crop = crop_face(room, faces[0], spec.layout, spec.size, grey=spec.channels == 1)
    return face_to_input(crop, spec)


def inputs_of(
    images: Sequence[bytes | None], spec: InputSpec, layout: CropLayout, find_faces: FindFaces | None
) -> Iterator[NDArray[np.float32] | None]:
    """One input a picture, None where it is damaged or no face was found."""
    for data in images:
        picture = decode_picture(data)
        if picture is None:
            yield None
        elif find_faces is None:
            yield tight_input(picture, spec, layout)
        else:
            yield found_input(picture, spec, find_faces)
