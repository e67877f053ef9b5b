"""UTKFace, aligned and cropped: `AGE_GENDER_RACE_TIME.jpg.chip.jpg`.

Age 0 to 116 years, gender 0 male or 1 female, race 0 to 4, and when the picture was collected as
yyyymmddHHMMSSFFF. A few names lack a field; they are skipped. Race is not kept. Where this is described:
susanqq.github.io/UTKFace (Zhang, Song and Qi 2017).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import AGE_GENDER
from training.datasets.pictures import as_jpeg, person_row, read_bytes
from training.datasets.places import relative
from training.datasets.splits import TENTHS, split_by

_NAME = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_[0-4]_(?P<minute>\d{12})\d*\.")
_LAYOUT = "AGE_GENDER_RACE_TIME.jpg.chip.jpg (the aligned and cropped pictures)"
_OLDEST = 116


def plan(root: Path, out: Path) -> Plan:
    """Every picture whose name can be read."""
    result = Plan({name: [] for name in TENTHS})
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    items: list[Item] = []
    for path in files:
        name, told = relative(path, root), _NAME.match(path.name)
        if told is None or int(told["age"]) > _OLDEST:
            result.skipped.append(Skipped(name, "a name as AGE_GENDER_RACE_TIME was expected"))
            continue
        # No identities: what was collected in one minute may be of one person.
        group = f"utkface {told['minute']}"
        gender = ("male", "female")[int(told["gender"])]
        items.append(Item(name, path, {"age": float(told["age"]), "gender": gender}, group))
    split_by(items, lambda item: item.person or item.name, TENTHS, result.splits)
    if not any(result.splits.values()):
        raise InputError(f"{root}: files named {_LAYOUT} were expected, there are none")
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """The picture as it is, its own bytes where it is square."""
    content = read_bytes(item.path)
    picture = decode_picture(content)
    if picture is None:
        raise InputError("no picture, or a damaged one")
    height, width = picture.shape[:2]
    if abs(height - width) > 0.05 * width:
        raise InputError(f"a square crop was expected, got {width}x{height}")
    side = min(height, width)
    image = content if height == width else as_jpeg(picture[:side, :side])
    age = item.facts["age"]
    return [person_row(image, item.facts["gender"], "utkface", item.name, (age, age, age))]


COLLECTION = Collection(
    name="utkface",
    title="UTKFace",
    trains="age_gender, multi_head and the networks of heads",
    source="susanqq.github.io/UTKFace: aligned and cropped faces (UTKFace.tar.gz)",
    licence="non-commercial research alone; the pictures' owners keep their rights",
    split="tenths by the hash of the minute a picture was collected in: nobody is named, persons may recur",
    labels="years and gender are ours; race is not kept",
    layout=_LAYOUT,
    columns=AGE_GENDER,
    plan=plan,
    read=read,
)
