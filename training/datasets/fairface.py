"""FairFace with a margin of 0.25: `fairface_label_{train,val}.csv` and `{train,val}/N.jpg`.

The tables have the columns file, age, gender, race and service_test; age is one of 0-2, 3-9, 10-19, 20-29,
..., 60-69 and "more than 70", gender Male or Female. Race is not kept. Pictures are 224x224, cut with
dlib's get_face_chips. Where this is described: README of the repository joojs/fairface (Kärkkäinen and Joo
2021).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.preprocess import CropLayout, recrop
from training.crop_layouts import UTKFACE
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import AGE_GENDER
from training.datasets.pictures import PERSON_SIDE, as_jpeg, person_row, read_rgb
from training.datasets.places import folder_with
from training.datasets.splits import split_by
from training.datasets.tables_of_text import read_csv

_PARTS = ("train", "val")
_RANGE = re.compile(r"(\d+)-(\d+)$")
_OPEN = re.compile(r"(?:more than (\d+)|(\d+)\+)$")
_GENDERS = {"Male": "male", "Female": "female"}
_SHARES = {"train": 0.9, "valid": 0.1}
_LAYOUT = "fairface_label_train.csv, fairface_label_val.csv, train/N.jpg and val/N.jpg (margin 0.25)"

# dlib puts the corners of the eyes at these heights and sides of a face without margin
# (get_face_chip_details in dlib/image_transforms/interpolation.h); a margin of 0.25 shrinks that by 1.5.
_EYES_Y = (0.2134981538014 + 0.2289674387677 + 0.2137274526848 + 0.2290642403242) / 4
_EYE_DISTANCE = (0.8595674595992 + 0.6460604764104 - 0.1205750620789 - 0.3340850613712) / 2
_MARGIN = 0.25
# Of an average head the eye distance is 0.92 of the distance from eyes to mouth (training/crop_layouts.py).
_EYES_TO_MOUTH = _EYE_DISTANCE / 0.92
CHIP = CropLayout(
    eyes_y=(_MARGIN + _EYES_Y) / (1 + 2 * _MARGIN),
    mouth_y=(_MARGIN + _EYES_Y + _EYES_TO_MOUTH) / (1 + 2 * _MARGIN),
    eye_distance=_EYE_DISTANCE / (1 + 2 * _MARGIN),
)
"""Where FairFace's pictures have eyes and mouth."""


def plan(root: Path, out: Path) -> Plan:
    """Every row of both tables."""
    folder = folder_with(root, "fairface_label_train.csv", ("fairface",), _LAYOUT)
    pictures = next(
        (
            place
            for place in (folder, folder / "fairface-img-margin025-trainval")
            if (place / "train").is_dir()
        ),
        folder,
    )
    result = Plan({name: [] for name in ("train", "valid", "test")})
    unsplit: list[Item] = []
    for part in _PARTS:
        table = folder / f"fairface_label_{part}.csv"
        if not table.is_file():
            continue
        result.found[part] = 0
        for line, row in read_csv(table, {"file", "age", "gender"}):
            result.found[part] += 1
            ages = ages_of(row["age"])
            if ages is None or row["gender"] not in _GENDERS or not row["file"]:
                result.skipped.append(
                    Skipped(f"{table.name} line {line}", "a file, an age and a gender expected")
                )
                continue
            facts = {"ages": ages, "gender": _GENDERS[row["gender"]]}
            items = result.splits["test"] if part == "val" else unsplit
            items.append(Item(row["file"], pictures / row["file"], facts))
    split_by(unsplit, lambda item: f"fairface {item.name}", _SHARES, result.splits)
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, the tables have no rows")
    return result


def ages_of(text: str) -> tuple[float, float | None] | None:
    """Least and most years of a group; most is None where it is open, all None where it is no group."""
    between, over = _RANGE.match(text), _OPEN.match(text)
    if between:
        return float(between[1]), float(between[2])
    return (float(over[1] or over[2]), None) if over else None


def read(item: Item, shared: Any) -> list[Row]:
    """The face, cut as UTKFace's are."""
    picture = read_rgb(item.path)
    if picture.shape[0] != picture.shape[1]:
        raise InputError(f"a square picture was expected, got {picture.shape[1]}x{picture.shape[0]}")
    image = as_jpeg(recrop(picture, CHIP, UTKFACE, PERSON_SIDE))
    return [person_row(image, item.facts["gender"], "fairface", item.name, (None, *item.facts["ages"]))]


COLLECTION = Collection(
    name="fairface",
    title="FairFace",
    trains="age_gender, multi_head",
    source="github.com/joojs/fairface: pictures with padding 0.25, both label files",
    licence="CC BY 4.0",
    split="official validation is test; a tenth of train, by the hash of the name, is valid. Nobody is named",
    labels="age groups become age_min and age_max (training takes the middle of ten years, and leaves out "
    "those over 70, whose group is open); gender is ours; race is not kept",
    layout=_LAYOUT,
    columns=AGE_GENDER,
    plan=plan,
    read=read,
)
