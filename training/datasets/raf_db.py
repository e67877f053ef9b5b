"""RAF-DB, its basic part: `EmoLabel/list_patition_label.txt`, `Image/` and `Annotation/manual/`.

A line of the list is `train_00001.jpg 5`: 1 surprise, 2 fear, 3 disgust, 4 happiness, 5 sadness, 6 anger,
7 neutral. `Image/original/train_00001.jpg` is the picture, `Annotation/manual/train_00001_manu_attri.txt` has
five points (eyes, tip of the nose, corners of the mouth), gender, race and age; `Image/aligned/` has
`train_00001_aligned.jpg`, 100x100. Where this is described: readme of the basic part (Li, Deng and Du 2017).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from training.crop_layouts import FER2013
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import EXPRESSION, EXPRESSION_SPLITS
from training.datasets.pictures import expression_row, face_of_points, grey_face, grey_side, read_rgb
from training.datasets.places import folder_with, relative
from training.datasets.splits import split_by
from training.datasets.tables_of_text import read_lines

_LABELS = {
    "1": "surprise", "2": "fear", "3": "disgust", "4": "happy", "5": "sad", "6": "angry", "7": "neutral",
}  # fmt: skip
_LIST = "EmoLabel/list_patition_label.txt"
_LAYOUT = f"{_LIST} and Image/original with Annotation/manual, or Image/aligned"
_SHARES = {"train": 0.9, "public_test": 0.1}


def plan(root: Path, out: Path) -> Plan:
    """Every line of the list whose picture is there."""
    folder = folder_with(root, _LIST, ("basic",), _LAYOUT)
    result = Plan({name: [] for name in EXPRESSION_SPLITS})
    found = {"train": 0, "test": 0}
    unsplit: list[Item] = []
    for number, line in enumerate(read_lines(folder / _LIST), 1):
        words = line.split()
        part = words[0].split("_")[0]
        if len(words) != 2 or words[1] not in _LABELS or part not in found:
            result.skipped.append(Skipped(f"{_LIST} line {number}", "NAME.jpg and 1..7 were expected"))
            continue
        stem = Path(words[0]).stem
        original = folder / "Image" / "original" / words[0]
        points = folder / "Annotation" / "manual" / f"{stem}_manu_attri.txt"
        aligned = folder / "Image" / "aligned" / f"{stem}_aligned.jpg"
        found[part] += 1
        facts: dict[str, Any] = {}
        if original.is_file() and points.is_file():
            path = original
            facts["points"] = points
        else:
            path = aligned
        facts |= {"label": _LABELS[words[1]], "stem": stem}
        items = result.splits["private_test"] if part == "test" else unsplit
        items.append(Item(relative(path, folder), path, facts))
    split_by(unsplit, lambda item: f"raf-db {item.facts['stem']}", _SHARES, result.splits)
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, the list names no picture")
    result.found = found
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """The face: aligned by its five points, else as RAF-DB aligned it."""
    picture = read_rgb(item.path)
    if "points" not in item.facts:
        return [expression_row(grey_side(picture), item.facts["label"], item.name)]
    lines = read_lines(item.facts["points"])[:5]
    try:
        points = np.array([line.split() for line in lines], np.float64)
    except ValueError as error:
        raise InputError(f"{item.facts['points'].name}: five points were expected") from error
    if points.shape != (5, 2):
        raise InputError(f"{item.facts['points'].name}: five points were expected, got {points.shape}")
    # Left and right are as in the picture; the person's own right eye is the one further left.
    eyes = points[:2][np.argsort(points[:2, 0])]
    face = face_of_points(eyes[0], eyes[1], points[3:].mean(axis=0))
    return [expression_row(grey_face(picture, face, FER2013), item.facts["label"], item.name)]


COLLECTION = Collection(
    name="raf-db",
    title="RAF-DB",
    trains="emotion, multi_head",
    source="whdeng.cn/RAF/model1.html, on request: the basic part, unpacked with its inner archives",
    licence="non-commercial research and teaching alone; the pictures' owners keep their rights",
    split="official test is private_test; a tenth of train, by the hash of the name, is public_test. Nobody "
    "is named",
    labels="its seven are ours by name",
    layout=_LAYOUT,
    columns=EXPRESSION,
    plan=plan,
    read=read,
    published={"train": 12271, "test": 3068},
)
