"""DAiSEE: `DataSet/{Train,Validation,Test}/PERSON/CLIP/CLIP.avi` and `Labels/{...}Labels.csv`.

A label file has the columns ClipID (`1100011002.avi`), Boredom, Engagement, Confusion and Frustration, the
last with a space after its name; levels 0 (very low) to 3 (very high). The first six digits of a clip are
its person. Where this is described: the readme of the download and Gupta et al. 2016.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.preprocess import crop_face
from emopoi.vision.media import open_media
from training.crop_layouts import DAISEE
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import STATES
from training.datasets.found_faces import with_face
from training.datasets.pictures import as_jpeg, read_bytes
from training.datasets.places import folder_with, relative
from training.datasets.tables_of_text import read_csv

_PARTS = {"Train": "train", "Validation": "validation", "Test": "test"}
_STATES = ("Boredom", "Engagement", "Confusion", "Frustration")
_LAYOUT = "DataSet/{Train,Validation,Test}/PERSON/CLIP/CLIP.avi and Labels/{Train,Validation,Test}Labels.csv"
_SIDE = 96
_PERSON_DIGITS = 6
_FPS = 0.4  # five of a clip's ten seconds to look for a face in


def plan(root: Path, out: Path) -> Plan:
    """Every labelled clip whose video is there."""
    folder = folder_with(root, "Labels", ("DAiSEE",), _LAYOUT)
    if not (folder / "DataSet").is_dir():
        raise InputError(f"{root}: {_LAYOUT} were expected, there is no DataSet")
    result = Plan({name: [] for name in _PARTS.values()})
    for part, split in _PARTS.items():
        table = folder / "Labels" / f"{part}Labels.csv"
        if not table.is_file():
            continue
        for line, row in read_csv(table, {"ClipID", *_STATES}):
            levels = [row[state] for state in _STATES]
            clip = Path(row["ClipID"]).stem
            if not clip or any(level not in ("0", "1", "2", "3") for level in levels):
                result.skipped.append(
                    Skipped(f"{table.name} line {line}", "a clip and four levels 0..3 expected")
                )
                continue
            person = clip[:_PERSON_DIGITS]
            path = folder / "DataSet" / part / person / clip / row["ClipID"]
            facts = dict(zip(map(str.lower, _STATES), map(int, levels), strict=True))
            result.splits[split].append(Item(relative(path, folder), path, facts, person))
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, no clip is labelled")
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """The face of the frame nearest to the clip's middle in which one is found."""
    read_bytes(item.path)  # tells an empty or missing file in few words
    with open_media(item.path, sample_fps=_FPS) as media:
        frames = [frame.image for frame in media]
    middle = (len(frames) - 1) / 2
    for place in sorted(range(len(frames)), key=lambda place: abs(place - middle)):
        try:
            picture, face = with_face(frames[place])
        except InputError:
            continue
        image = as_jpeg(crop_face(picture, face, DAISEE, _SIDE))
        told = {"image": image, "source_id": item.name, "clip": item.path.name, "subject": item.person}
        return [{**told, **item.facts}]
    raise InputError(f"no face found in {len(frames)} frames")


COLLECTION = Collection(
    name="daisee",
    title="DAiSEE",
    trains="states",
    source="people.iith.ac.in/vineethnb/resources/daisee, by a form",
    licence="for research alone (Gupta et al. 2016)",
    split="official, by person",
    labels="its levels 0..3 of boredom, engagement, confusion and frustration are ours",
    layout=_LAYOUT,
    columns=STATES,
    plan=plan,
    read=read,
    items_a_shard=200,
)
