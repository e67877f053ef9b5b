"""MEAD, its sound: `SPEAKER/audio/EMOTION/level_N/NNN.m4a`.

Speakers are named like M003 and W009, for men and women; emotions angry, contempt, disgusted, fear, happy,
neutral, sad and surprised, of three levels, neutral of one. The words of a number differ from emotion to
emotion but for the first three, which all share. Where this is described: wywu.github.io/projects/MEAD,
README of the repository uniBruce/Mead (Wang et al. 2020).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import VOICE
from training.datasets.places import relative
from training.datasets.voices import decode_file, trimmed, voice_row

_LABELS = {
    "angry": "angry", "contempt": "contempt", "disgusted": "disgust", "fear": "fear", "happy": "happy",
    "neutral": "neutral", "sad": "sad", "surprised": "surprise",
}  # fmt: skip
_LAYOUT = "SPEAKER/audio/EMOTION/level_N/NNN.m4a"
_EVERY = 5
_SHARED = 3
_SUFFIXES = (".m4a", ".wav", ".mp3")


def plan(root: Path, out: Path) -> Plan:
    """Every sound."""
    files = sorted(path for path in root.glob("*/audio/*/level_*/*") if path.suffix in _SUFFIXES)
    speakers = sorted({path.relative_to(root).parts[0] for path in files})
    # Of every five speakers one is valid, and one test where there are more than two.
    valid, test = set(speakers[::_EVERY]), set(speakers[2::_EVERY])
    result = Plan({"train": [], "valid": [], "test": []})
    for path in files:
        speaker, _, emotion, level, _name = path.relative_to(root).parts
        name = relative(path, root)
        if emotion not in _LABELS:
            result.skipped.append(Skipped(name, f"a folder of {', '.join(_LABELS)} was expected"))
            continue
        number = path.stem
        shared = number.isdecimal() and int(number) <= _SHARED
        facts = {
            "label_name": _LABELS[emotion],
            "speaker": f"mead_{speaker}",
            "sentence": f"mead_{number}" if shared else f"mead_{emotion}_{number}",
            "intensity": level.removeprefix("level_"),
            "gender": {"M": "male", "W": "female"}.get(speaker[:1], ""),
        }
        split = "valid" if speaker in valid else "test" if speaker in test else "train"
        result.splits[split].append(Item(name, path, facts, facts["speaker"]))
    if not any(result.splits.values()):
        raise InputError(f"{root}: files as {_LAYOUT} were expected, there are none")
    return result


def read(item: Item, shared: Any) -> list[Row]:
    """One clip; numbers recur in every folder, so its name is the whole path's."""
    clip = item.name.removesuffix(item.path.suffix).replace("/audio/", "_").replace("/", "_")
    return [voice_row(trimmed(decode_file(item.path)), f"mead_{clip}", "mead", **item.facts)]


COLLECTION = Collection(
    name="mead",
    title="MEAD",
    trains="training.voice: the network that hears emotion",
    source="wywu.github.io/projects/MEAD/MEAD.html: one folder a speaker, audio.tar unpacked in it",
    licence="research alone",
    split="by speaker, in the order of their names: of every five the first is valid, the third test",
    labels="ours by name; contempt stays a label of its own, which training leaves out",
    layout=_LAYOUT,
    columns=VOICE,
    plan=plan,
    read=read,
    items_a_shard=300,
)
