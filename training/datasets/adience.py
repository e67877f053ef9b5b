"""Adience: `fold_N_data.txt` for N = 0 to 4, and `aligned/USER/landmark_aligned_face.FACE.IMAGE`.

The lists are tables with tabs: user_id, original_image, face_id, age, gender and more. Age is a group such as
`(25, 32)`, a single number, or None; gender m, f or u. `faces/USER/coarse_tilt_aligned_face.FACE.IMAGE` is
taken where the aligned picture is not there. Where this is described: talhassner.github.io, Adience data
(Eidinger, Enbar and Hassner 2014).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.preprocess import crop_face
from training.crop_layouts import UTKFACE
from training.datasets.collection import Collection, Item, Plan, Row
from training.datasets.columns import AGE_GENDER
from training.datasets.found_faces import with_face
from training.datasets.pictures import PERSON_SIDE, as_jpeg, person_row, read_rgb
from training.datasets.places import folder_with, relative
from training.datasets.tables_of_text import read_csv

_SPLITS = {0: "train", 1: "train", 2: "train", 3: "valid", 4: "test"}
_COLUMNS = {"user_id", "original_image", "face_id", "age", "gender"}
_GROUP = re.compile(r"\((\d+),\s*(\d+)\)$")
_GENDERS = {"m": "male", "f": "female"}
_LAYOUT = "fold_0_data.txt to fold_4_data.txt and aligned/USER/landmark_aligned_face.FACE.IMAGE"


def plan(root: Path, out: Path) -> Plan:
    """Every face of the five folds with a gender and an age."""
    folder = folder_with(root, "fold_0_data.txt", ("adience", "folds"), _LAYOUT)
    result = Plan({name: [] for name in dict.fromkeys(_SPLITS.values())})
    for fold, split in _SPLITS.items():
        table = folder / f"fold_{fold}_data.txt"
        if not table.is_file():
            raise InputError(f"{root}: {_LAYOUT} were expected, there is no {table.name}")
        for _line, row in read_csv(table, _COLUMNS, delimiter="\t"):
            ages = ages_of(row["age"])
            if row["gender"] not in _GENDERS:
                result.left_out["gender not known"] += 1
            elif ages is None:
                result.left_out["age not known"] += 1
            else:
                path = _picture(root if (root / "aligned").is_dir() else folder, row)
                facts = {"ages": ages, "gender": _GENDERS[row["gender"]]}
                result.splits[split].append(Item(relative(path, root), path, facts, row["user_id"]))
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, no face has an age and a gender")
    return result


def ages_of(text: str) -> tuple[float | None, float, float] | None:
    """Years, least and most: of `(25, 32)`, of `35`; None of anything else."""
    group = _GROUP.match(text)
    if group:
        return None, float(group[1]), float(group[2])
    return (float(text),) * 3 if text.isdecimal() else None


def read(item: Item, shared: Any) -> list[Row]:
    """The largest face, cut as UTKFace's are."""
    picture, face = with_face(read_rgb(item.path))
    image = as_jpeg(crop_face(picture, face, UTKFACE, PERSON_SIDE))
    return [person_row(image, item.facts["gender"], "adience", item.name, item.facts["ages"])]


def _picture(folder: Path, row: dict[str, str]) -> Path:
    name = f"{row['face_id']}.{row['original_image']}"
    aligned = folder / "aligned" / row["user_id"] / f"landmark_aligned_face.{name}"
    coarse = folder / "faces" / row["user_id"] / f"coarse_tilt_aligned_face.{name}"
    return coarse if coarse.is_file() and not aligned.is_file() else aligned


COLLECTION = Collection(
    name="adience",
    title="Adience",
    trains="age_gender, multi_head",
    source="talhassner.github.io/home/projects/Adience, after giving name and e-mail: aligned.tar.gz and the "
    "folds",
    licence="pictures from Flickr that their makers put under Creative Commons (Eidinger et al. 2014)",
    split="the five folds, which share no person: 0 to 2 train, 3 valid, 4 test",
    labels="age groups become age_min and age_max (training takes the middle of groups of up to 15 years); "
    "gender is ours, u is left out",
    layout=_LAYOUT,
    columns=AGE_GENDER,
    plan=plan,
    read=read,
    items_a_shard=500,
)
