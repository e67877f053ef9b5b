"""Labels of a user's own, mapped to FER-7."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from emopoi.errors import InputError
from emopoi.types.labels import FER7

_PICTURES = (".jpg", ".jpeg", ".png")


def read_label_map(path: Path) -> dict[str, str]:
    """Read a JSON object from own labels to FER-7 labels.

    Raises:
        InputError: no such file, no JSON object, or a value is no FER-7 label.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: a JSON object of labels was expected ({error})") from error
    if not isinstance(data, Mapping) or not all(isinstance(value, str) for value in data.values()):
        raise InputError(f'{path}: a JSON object such as {{"joy": "happy"}} was expected')
    unknown = [value for value in data.values() if value not in FER7]
    if unknown:
        raise InputError(f"{path}: {unknown[0]!r} is not one of {', '.join(FER7)}")
    return dict(data)


def label_index(name: str, label_map: Mapping[str, str] | None, where: str) -> int:
    """The FER-7 number of a label, through the map if there is one.

    Raises:
        InputError: the label is in neither; the message says how to map it.
    """
    known = (label_map or {}).get(name, name)
    if known not in FER7:
        raise InputError(
            f"{where}: label {name!r} is not one of {', '.join(FER7)}; map it with --map labels.json"
        )
    return FER7.index(known)


def read_labelled_folder(folder: Path, label_map: Mapping[str, str] | None) -> tuple[list[bytes], list[int]]:
    """Pictures of a folder with one folder a label: their bytes and FER-7 numbers.

    Raises:
        InputError: no folders in it, an unknown label, no picture, or something can not be read.
    """
    try:
        return _read_labelled_folder(folder, label_map)
    except OSError as error:
        raise InputError(f"{error.filename or folder}: can not be read: {error.strerror or error}") from error


def _read_labelled_folder(folder: Path, label_map: Mapping[str, str] | None) -> tuple[list[bytes], list[int]]:
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    if not folders:
        raise InputError(f"{folder}: one folder a label was expected, found none")
    numbers = {path: label_index(path.name, label_map, str(folder)) for path in folders}
    images, labels = [], []
    for path, number in numbers.items():
        for picture in sorted(path.iterdir()):
            if picture.suffix.lower() in _PICTURES and picture.is_file():
                images.append(picture.read_bytes())
                labels.append(number)
    if not images:
        raise InputError(f"{folder}: no {', '.join(_PICTURES)} pictures in its folders")
    return images, labels
