"""EmoPOI: `Images/` with one folder for each of eight states, frames of videos and faces cut out of them.

Folders: Happy, Worried, Sad, Excited, Exhausted, Frustrated, Bored and Neutral. Where this is described:
README of the repository swerizwan/emopoi, which has a link to samples; the whole is given out on request. A
name such as `anna~12.jpg` tells who or which video a picture is from (`training.picture_names`).

`python -m training.retrain --images Images` learns all eight states from the folder as it is. Here six of
them become an expression; a bored or exhausted face shows none of the seven (emopoi/types/labels.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.types.labels import EMOPOI8
from emopoi.vision.photos import PHOTO_SUFFIXES
from training.crop_layouts import FER2013
from training.datasets.collection import Collection, Item, Plan, Row
from training.datasets.columns import EXPRESSION, EXPRESSION_SPLITS
from training.datasets.found_faces import with_face
from training.datasets.pictures import expression_row, grey_face, read_rgb
from training.datasets.places import relative
from training.datasets.splits import split_by
from training.picture_names import read_name

_LABELS = {
    "Happy": "happy", "Excited": "happy", "Sad": "sad", "Worried": "fear", "Frustrated": "angry",
    "Neutral": "neutral",
}  # fmt: skip
_LAYOUT = f"Images/ with folders {', '.join(EMOPOI8)}"
_SHARES = dict(zip(EXPRESSION_SPLITS, (0.8, 0.1, 0.1), strict=True))


def plan(root: Path, out: Path) -> Plan:
    """Every picture of the eight folders."""
    folder = root / "Images" if (root / "Images").is_dir() else root
    states = {state.lower(): state for state in EMOPOI8}
    result = Plan({name: [] for name in EXPRESSION_SPLITS})
    items: list[Item] = []
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        state = states.get(inner.name.lower())
        for path in sorted(path for path in inner.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES):
            if state is None:
                result.left_out[f"folder {inner.name}: no state of EmoPOI"] += 1
            elif state not in _LABELS:
                result.left_out[f"{state}: no expression shows it"] += 1
            else:
                person = f"emopoi {read_name(path).source}"
                items.append(Item(relative(path, root), path, {"label": _LABELS[state]}, person))
    split_by(items, lambda item: item.person or item.name, _SHARES, result.splits)
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, no picture is in one with an expression")
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """The largest face, aligned."""
    picture, face = with_face(read_rgb(item.path))
    return [expression_row(grey_face(picture, face, FER2013), item.facts["label"], item.name)]


COLLECTION = Collection(
    name="emopoi",
    title="EmoPOI",
    trains="emotion; all eight states with training.retrain, from the folders as they are",
    source="github.com/swerizwan/emopoi: samples by a link, the whole on request",
    licence="for research (its README)",
    split="by the hash of the source that a file's name tells (anna~12.jpg is of anna; else each alone)",
    labels="Happy and Excited: happy, Sad: sad, Worried: fear, Frustrated: angry, Neutral: neutral; Bored "
    "and Exhausted are left out",
    layout=_LAYOUT,
    columns=EXPRESSION,
    plan=plan,
    read=read,
    items_a_shard=500,
)
