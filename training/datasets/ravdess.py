"""RAVDESS, its spoken sound: `Actor_NN/MM-VC-EE-II-SS-RR-AA.wav`.

The seven numbers are modality (03 sound alone), vocal channel (01 speech, 02 song), emotion (01 neutral,
02 calm, 03 happy, 04 sad, 05 angry, 06 fearful, 07 disgust, 08 surprised), intensity (01 normal, 02 strong),
statement, repetition and actor; odd actors are men. Where this is described: zenodo.org/record/1188976
(Livingstone and Russo 2018), which also gives the archive's MD5 and CC BY-NC-SA 4.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from training.datasets.collection import Collection, Item, KnownHash, Plan, Row, Skipped
from training.datasets.columns import VOICE
from training.datasets.places import relative
from training.datasets.voices import decode_file, trimmed, voice_row

_LABELS = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fear", "07": "disgust",
    "08": "surprise",
}  # fmt: skip
_VALID, _TEST = (1, 4, 9, 22), (8, 17, 21, 23, 24)
_ACTORS = 24
_LAYOUT = "Actor_NN/03-01-EMOTION-INTENSITY-STATEMENT-REPETITION-ACTOR.wav"
_ARCHIVE, _MD5 = "Audio_Speech_Actors_01-24.zip", "bc696df654c87fed845eb13823edef8a"
_FIELDS = 7


def plan(root: Path, out: Path) -> Plan:
    """Every spoken file."""
    files = sorted(root.glob("**/Actor_*/*.wav"))
    result = Plan({"train": [], "valid": [], "test": []})
    for path in files:
        name, fields = relative(path, root), path.stem.split("-")
        known = len(fields) == _FIELDS and all(field.isdecimal() for field in fields)
        if not known or fields[2] not in _LABELS or not 1 <= int(fields[6]) <= _ACTORS:
            reason = "a name of seven numbers such as 03-01-05-01-02-01-12 was expected"
            result.skipped.append(Skipped(name, reason))
            continue
        if fields[1] != "01":
            result.left_out["sung"] += 1
            continue
        actor = int(fields[6])
        split = "test" if actor in _TEST else "valid" if actor in _VALID else "train"
        facts = {
            "label_name": _LABELS[fields[2]],
            "speaker": f"ravdess_{actor:02d}",
            "sentence": f"ravdess_s{fields[4]}",
            "intensity": "strong" if fields[3] == "02" else "normal",
            "take": fields[5],
            "gender": "male" if actor % 2 else "female",
        }
        result.splits[split].append(Item(name, path, facts, facts["speaker"]))
    if not any(result.splits.values()):
        raise InputError(f"{root}: files as {_LAYOUT} were expected, there is no spoken one")
    result.found = {"spoken": sum(map(len, result.splits.values()))}
    if (root / _ARCHIVE).is_file():
        result.hashes = [KnownHash(root / _ARCHIVE, _MD5, "zenodo.org/record/1188976")]
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """One clip."""
    return [voice_row(trimmed(decode_file(item.path)), item.path.stem, "ravdess", **item.facts)]


COLLECTION = Collection(
    name="ravdess",
    title="RAVDESS",
    trains="training.voice: the network that hears emotion",
    source=f"zenodo.org/record/1188976: {_ARCHIVE}",
    licence="CC BY-NC-SA 4.0",
    split="by actor: 1, 4, 9 and 22 valid; 8, 17, 21, 23 and 24 test; the others train (a fold often used)",
    labels="its eight are ours by name; sung files are left out",
    layout=_LAYOUT,
    columns=VOICE,
    plan=plan,
    read=read,
    published={"spoken": 1440},
    items_a_shard=300,
)
