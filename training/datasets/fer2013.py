"""FER2013: `fer2013.csv` or `icml_face_data.csv` of the Kaggle challenge, or the usual folders of pictures.

The two tables have one row a picture: emotion 0..6, 2304 grey levels in a text, and Usage (Training,
PublicTest, PrivateTest); icml_face_data.csv has its columns in another order and with spaces in their names.
The folders are `train/LABEL/` and `test/LABEL/`, and the files' names tell the usage
(`PublicTest_123.jpg`). Where this is described: the challenge's page at Kaggle (Goodfellow et al. 2013);
torchvision's datasets/fer2013.py, which also publishes the tables' MD5; the data set msambare/fer2013 at
Kaggle for the folders.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture
from emopoi.types.labels import FER7
from training.datasets.collection import Collection, Item, KnownHash, Plan, Row, Skipped
from training.datasets.columns import EXPRESSION, EXPRESSION_SPLITS
from training.datasets.pictures import SIDE, expression_row, grey_side, read_bytes
from training.datasets.places import relative

USAGES = dict(zip(("Training", "PublicTest", "PrivateTest"), EXPRESSION_SPLITS, strict=True))
TABLES = {
    "fer2013.csv": "f8428a1edbd21e88f42c73edd2a14f95",
    "icml_face_data.csv": "b114b9e04e6949e5fe8b6a98b3892b1d",
}
"""The tables with labels for all three parts, and their MD5 in torchvision's source."""
LAYOUT = "fer2013.csv, icml_face_data.csv, or folders train/LABEL and test/LABEL"
PUBLISHED = {"train": 28709, "public_test": 3589, "private_test": 3589}
_NAMES = {name: name for name in FER7} | {
    "anger": "angry", "happiness": "happy", "sadness": "sad", "surprised": "surprise", "fearful": "fear",
    "disgusted": "disgust",
}  # fmt: skip
_DIGITS = {str(number) for number in range(len(FER7))}
_SUFFIXES = (".jpg", ".jpeg", ".png")


def plan(root: Path, out: Path) -> Plan:
    """The table's rows, or the folders' files."""
    table = next((root / name for name in TABLES if (root / name).is_file()), None)
    if table is not None:
        return plan_of_table(table)
    if (root / "train").is_dir() and (root / "test").is_dir():
        return _plan_of_folders(root)
    raise InputError(f"{root}: {LAYOUT} were expected, there is none of them")


def plan_of_table(table: Path) -> Plan:
    """Where in the table each picture stands; pixels are read later, in parallel.

    Raises:
        InputError: the header is another, or the table has no rows.
    """
    result = Plan({name: [] for name in EXPRESSION_SPLITS})
    for line, facts in rows_of(table):
        name = f"{table.name} line {line}"
        if isinstance(facts, str):
            result.skipped.append(Skipped(name, facts))
            continue
        split = USAGES[facts["usage"]]
        result.splits[split].append(Item(name, table, {**facts, "line": line}))
    if not any(result.splits.values()):
        raise InputError(f"{table}: rows with emotion, pixels and Usage were expected, there are none")
    result.found = {name: len(items) for name, items in result.splits.items()}
    result.hashes = [KnownHash(table, TABLES[table.name], "torchvision, datasets/fer2013.py")]
    return result


def rows_of(table: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Rows of a table without their pixels.

    Yields:
        The line's number, and usage, label (0..6), offset and length in bytes; or what is wrong with it.

    Raises:
        InputError: the header is another.
    """
    try:
        with table.open("rb") as file:
            header = [name.strip().lower() for name in file.readline().decode("utf-8-sig").split(",")]
            if sorted(header) != ["emotion", "pixels", "usage"]:
                raise InputError(f"{table}: a header of emotion, pixels and Usage was expected, got {header}")
            emotion, usage = header.index("emotion"), header.index("usage")
            offset = file.tell()
            for line, content in enumerate(file, 2):
                fields = [
                    field.strip(' "') for field in content.decode("ascii", "replace").strip().split(",")
                ]
                start, offset = offset, offset + len(content)
                if len(fields) == 1 and not fields[0]:
                    continue
                if len(fields) != 3 or fields[usage] not in USAGES or fields[emotion] not in _DIGITS:
                    yield line, "emotion 0..6, pixels and a usage were expected"
                else:
                    place = {"offset": start, "length": len(content), "pixels": header.index("pixels")}
                    yield line, {"usage": fields[usage], "label": int(fields[emotion]), **place}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{table}: a table was expected ({error})") from error


def read(item: Item, shared: Any) -> list[Row]:
    """One picture; damaged where it has not 2304 grey levels, or is no picture of 48x48."""
    facts = item.facts
    votes = tuple(facts.get("votes", ()))
    label = FER7[facts["label"]]
    if "offset" in facts:
        return [expression_row(_pixels(item), label, f"csv_{facts['line'] - 2}", votes=votes)]
    content = read_bytes(item.path)
    picture = decode_picture(content)
    if picture is None:
        raise InputError("no picture, or a damaged one")
    if picture.shape[:2] != (SIDE, SIDE):
        raise InputError(f"{SIDE}x{SIDE} pixels were expected, got {picture.shape[1]}x{picture.shape[0]}")
    # As found, not encoded again; the digest is of what a grey decoder gives.
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    return [expression_row(grey_side(grey), label, item.name, image=content, votes=votes)]


def _pixels(item: Item) -> np.ndarray:
    with item.path.open("rb") as file:
        file.seek(item.facts["offset"])
        fields = file.read(item.facts["length"]).decode("ascii", "replace").strip().split(",")
    words = fields[item.facts["pixels"]].strip(' "').split()
    try:
        levels = np.array(words, np.int64)
    except ValueError as error:
        raise InputError("a pixel is no number") from error
    if len(levels) != SIDE * SIDE or levels.min() < 0 or levels.max() > 255:
        raise InputError(f"{SIDE * SIDE} grey levels 0..255 were expected, got {len(levels)}")
    return levels.astype(np.uint8).reshape(SIDE, SIDE)


def _plan_of_folders(root: Path) -> Plan:
    result = Plan({name: [] for name in EXPRESSION_SPLITS})
    unknown = Counter[str]()
    for path in sorted(path for part in ("train", "test") for path in (root / part).glob("*/*")):
        if path.suffix.lower() not in _SUFFIXES:
            continue
        label = _NAMES.get(path.parent.name.lower())
        if label is None:
            unknown[path.parent.name] += 1
            continue
        split = USAGES.get(path.name.split("_")[0]) or _part_of(path)
        item = Item(relative(path, root), path, {"label": FER7.index(label)})
        result.splits[split].append(item)
    if unknown:
        raise InputError(
            f"{root}: folders of {', '.join(FER7)} were expected, got {', '.join(sorted(unknown))}"
        )
    if not any(result.splits.values()):
        raise InputError(f"{root}: pictures in train/LABEL and test/LABEL were expected, there are none")
    result.found = {name: len(items) for name, items in result.splits.items()}
    return result


def _part_of(path: Path) -> str:
    """For files whose names do not tell: copies of one picture stay together, so the content decides."""
    if path.parent.parent.name == "train":
        return EXPRESSION_SPLITS[0]
    digest = hashlib.sha1(path.read_bytes()).digest()
    return EXPRESSION_SPLITS[1 + digest[0] % 2]


COLLECTION = Collection(
    name="fer2013",
    title="FER2013",
    trains="emotion, emotion_time, multi_head and the networks of heads",
    source="fer2013.csv of Kaggle's challenge in facial expression recognition, or msambare/fer2013 there",
    licence="given out for the challenge (Goodfellow et al. 2013); the pictures' owners keep their rights",
    split="official: Training, PublicTest, PrivateTest. Nobody is named, so persons may recur",
    labels="its seven are ours; the votes of FER+ are 0",
    layout=LAYOUT,
    columns=EXPRESSION,
    plan=plan,
    read=read,
    published=PUBLISHED,
)
