"""AffectNet: `train_set` and `val_set` with pictures and annotations, or the older tables of file names.

The release that is given out now has `train_set/images/N.jpg` and, for each,
`train_set/annotations/N_exp.npy`, `N_val.npy`, `N_aro.npy` and `N_lnd.npy` (68 points, x and y); the same
in `val_set`. The older one has `training.csv` and `validation.csv` (in Manually_Annotated_file_lists/) with
the columns subDirectory_filePath, face_x, face_y, face_width, face_height, facial_landmarks, expression,
valence and arousal, and the pictures in Manually_Annotated_Images/. Expressions: 0 neutral, 1 happy, 2 sad,
3 surprise, 4 fear, 5 disgust, 6 anger, 7 contempt, 8 none, 9 uncertain, 10 no face. Where this is
described: Mollahosseini et al. 2017 and the readme of the release.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.progress import progress
from training.crop_layouts import FER2013
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import EXPRESSION, EXPRESSION_SPLITS
from training.datasets.pictures import expression_row, face_of_68, grey_face, read_rgb
from training.datasets.places import relative
from training.datasets.tables_of_text import read_csv

_LABELS = {0: "neutral", 1: "happy", 2: "sad", 3: "surprise", 4: "fear", 5: "disgust", 6: "angry"}
_OTHERS = {7: "contempt", 8: "no expression", 9: "uncertain", 10: "no face"}
_SETS = {"train_set": EXPRESSION_SPLITS[0], "val_set": EXPRESSION_SPLITS[1]}
_LISTS = {"training.csv": EXPRESSION_SPLITS[0], "validation.csv": EXPRESSION_SPLITS[1]}
_LAYOUT = "train_set and val_set (images, annotations), or training.csv and validation.csv"
_COLUMNS = {"subDirectory_filePath", "facial_landmarks", "expression"}
_POINTS = 68


def plan(root: Path, out: Path) -> Plan:
    """Every picture with its expression; 68 points are read with the picture."""
    lists = next((folder for folder in (root, root / "Manually_Annotated_file_lists")
                  if (folder / "training.csv").is_file()), None)  # fmt: skip
    if (root / "train_set").is_dir():
        entries = _of_sets(root)
    elif lists is not None:
        entries = _of_lists(root, lists)
    else:
        raise InputError(f"{root}: {_LAYOUT} were expected, there is none of them")
    result = Plan({name: [] for name in EXPRESSION_SPLITS[:2]})
    for split, name, path, number, facts in entries:
        if isinstance(number, str):
            result.skipped.append(Skipped(name, number))
        elif number in _OTHERS:
            result.left_out[_OTHERS[number]] += 1
        elif number not in _LABELS:
            result.skipped.append(Skipped(name, f"an expression 0..10 was expected, got {number}"))
        else:
            result.splits[split].append(Item(name, path, {"label": _LABELS[number], **facts}))
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, no picture has an expression of ours")
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """The face, aligned by its eyes and mouth."""
    points = item.facts.get("points")
    if points is None:
        points = _numbers(item.facts["landmarks"])
    if points.size != 2 * _POINTS or not np.isfinite(points).all():
        raise InputError(f"{_POINTS} points were expected, got {points.size} numbers")
    grey = grey_face(read_rgb(item.path), face_of_68(points.reshape(_POINTS, 2)), FER2013)
    return [expression_row(grey, item.facts["label"], item.name)]


def _of_sets(root: Path) -> Iterator[tuple[str, str, Path, int | str, dict[str, Any]]]:
    for folder, split in _SETS.items():
        files = sorted((root / folder / "images").glob("*"))
        for path in progress(files, len(files), f"labels of {folder}"):
            if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
                continue
            name, notes = relative(path, root), root / folder / "annotations"
            try:
                number: int | str = int(_numbers(notes / f"{path.stem}_exp.npy").item())
            except (InputError, ValueError, OverflowError):
                number = "no expression beside it"
            yield split, name, path, number, {"landmarks": notes / f"{path.stem}_lnd.npy"}


def _of_lists(root: Path, lists: Path) -> Iterator[tuple[str, str, Path, int | str, dict[str, Any]]]:
    pictures = next((folder for folder in (root / "Manually_Annotated_Images",
                     root / "Manually_Annotated" / "Manually_Annotated_Images")
                     if folder.is_dir()), root)  # fmt: skip
    for table, split in _LISTS.items():
        if not (lists / table).is_file():
            continue
        for line, row in read_csv(lists / table, _COLUMNS):
            path = pictures / row["subDirectory_filePath"]
            number: int | str = (
                int(row["expression"])
                if row["expression"].isdecimal()
                else f"{table} line {line}: no expression"
            )
            try:
                points = np.array(row["facial_landmarks"].split(";"), np.float64)
            except ValueError:
                points = np.empty(0)
            yield split, row["subDirectory_filePath"], path, number, {"points": points}


def _numbers(path: Path) -> np.ndarray:
    """An array of numbers, which the release partly keeps as texts: float64.

    Raises:
        InputError: it is none.
    """
    try:
        return np.load(path, allow_pickle=False).astype(np.float64)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path.name}: an array of numbers was expected") from error


COLLECTION = Collection(
    name="affectnet",
    title="AffectNet",
    trains="emotion, multi_head",
    source="mohammadmahoor.com/affectnet, on request of a professor or head of a laboratory",
    licence="signed agreement: research alone",
    split="official: train_set or training.csv, val_set or validation.csv. Nobody is named",
    labels="0..6 become ours by name; contempt, none, uncertain and no face are left out",
    layout=_LAYOUT,
    columns=EXPRESSION,
    plan=plan,
    read=read,
)
