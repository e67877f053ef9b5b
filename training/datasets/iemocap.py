r"""IEMOCAP: `SessionN/dialog/EmoEvaluation/DIALOG.txt` and `SessionN/sentences/wav/DIALOG/TURN.wav`.

A turn stands in the evaluation as `[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5, 2.5, 2.5]`: time,
name, the label that most evaluators gave, and valence, activation and dominance. Labels: ang, hap, exc,
sad, neu, fru, fea, sur, dis, oth, and xxx where no label has a majority. The letter before a turn's number
is who speaks: each session has one woman and one man of its own. `dialog/transcriptions/DIALOG.txt` has
`TURN [start-end]: text`. Where this is described: README.txt of the release (Busso et al. 2008).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from training.datasets.collection import Collection, Item, Plan, Row
from training.datasets.columns import VOICE
from training.datasets.places import folder_with, relative
from training.datasets.tables_of_text import read_lines
from training.datasets.voices import decode_file, trimmed, voice_row

_LABELS = {
    "ang": "angry", "hap": "happy", "exc": "happy", "sad": "sad", "neu": "neutral", "fru": "frustrated",
    "fea": "fear", "sur": "surprise", "dis": "disgust",
}  # fmt: skip
_OTHERS = {"xxx": "no majority", "oth": "another emotion"}
_SPLITS = {1: "train", 2: "train", 3: "train", 4: "valid", 5: "test"}
_TURN = re.compile(r"\[[\d.]+ - [\d.]+\]\t(?P<turn>Ses\d\d[FM]_\w+_(?P<who>[FM])\w+)\t(?P<label>\w{3})\t\[")
_SAID = re.compile(r"(?P<turn>Ses\S+) \[[\d.]+-[\d.]+\]: ?(?P<text>.*)")
_LAYOUT = "Session1 to Session5 with dialog/EmoEvaluation/*.txt and sentences/wav/DIALOG/TURN.wav"


def plan(root: Path, out: Path) -> Plan:
    """Every turn with a label."""
    folder = folder_with(root, "Session1", ("IEMOCAP_full_release",), _LAYOUT)
    result = Plan({name: [] for name in dict.fromkeys(_SPLITS.values())})
    turns = 0
    for session, split in _SPLITS.items():
        place = folder / f"Session{session}"
        for notes in sorted((place / "dialog" / "EmoEvaluation").glob("Ses*.txt")):
            said = _texts(place / "dialog" / "transcriptions" / notes.name)
            for line in read_lines(notes):
                told = _TURN.match(line)
                if told is None:
                    continue  # the single evaluators' lines
                turns += 1
                label = told["label"]
                if label in _LABELS:
                    path = place / "sentences" / "wav" / notes.stem / f"{told['turn']}.wav"
                    speaker = f"iemocap_{session}{told['who']}"
                    facts = {
                        "label_name": _LABELS[label],
                        "speaker": speaker,
                        "sentence": f"iemocap_{told['turn']}",
                        "gender": {"F": "female", "M": "male"}[told["who"]],
                        "text": said.get(told["turn"], ""),
                    }
                    result.splits[split].append(Item(relative(path, folder), path, facts, speaker))
                else:
                    result.left_out[_OTHERS.get(label, f"label {label}")] += 1
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, no turn has a label")
    result.found = {"turns": turns}
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """One turn."""
    return [voice_row(trimmed(decode_file(item.path)), item.path.stem, "iemocap", **item.facts)]


def _texts(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    told = (_SAID.match(line) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return {said["turn"]: said["text"].strip() for said in told if said}


COLLECTION = Collection(
    name="iemocap",
    title="IEMOCAP",
    trains="training.voice: the network that hears emotion",
    source="sail.usc.edu/iemocap, by a release form: IEMOCAP_full_release",
    licence="the release form: research alone",
    split="by session, so that no actor is in two parts: 1 to 3 train, 4 valid, 5 test",
    labels="ours by name; excited counts as happy, as is usual; frustrated stays a label of its own, which "
    "training leaves out; xxx and oth are left out",
    layout=_LAYOUT,
    columns=VOICE,
    plan=plan,
    read=read,
    published={"turns": 10039},
    items_a_shard=300,
)
