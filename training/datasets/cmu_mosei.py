"""CMU-MOSEI: `CMU_MOSEI_Labels.csd` and `Raw/Audio/Full/WAV_16000/VIDEO.wav`.

The labels are a computational sequence, an HDF5 file with `All Labels/data/VIDEO/intervals` (N, 2) in
seconds and `.../features` (N, 7): sentiment -3..3, then happy, sad, anger, surprise, disgust and fear, each
0 to 3. The official folds are lists of videos in `cmu_mosei_std_folds.py` of the authors' toolkit; put that
file beside the labels. Speakers are not named; a video has one. Where this is described: README of the
repository A2Zadeh/CMU-MultimodalSDK (Zadeh et al. 2018), whose raw archive unpacks to Raw/.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import VOICE
from training.datasets.places import folder_with, relative
from training.datasets.splits import TENTHS, split_by
from training.datasets.voices import RATE_HZ, decode_file, trimmed, voice_row

EMOTIONS = ("happy", "sad", "angry", "surprise", "disgust", "fear")
"""Ours, in the order of the labels' columns after sentiment."""
_LABELS, _FOLDS = "CMU_MOSEI_Labels.csd", "cmu_mosei_std_folds.py"
_SOUNDS = ("Raw/Audio/Full/WAV_16000", "Audio/Full/WAV_16000")
_FOLD_NAMES = {
    "standard_train_fold": "train", "standard_valid_fold": "valid", "standard_test_fold": "test",
}  # fmt: skip
_LAYOUT = f"{_LABELS} and Raw/Audio/Full/WAV_16000/VIDEO.wav"
_LEAST_S = 0.1


def plan(root: Path, out: Path) -> Plan:
    """Every labelled video; its segments are cut when it is read."""
    folder = folder_with(root, _LABELS, ("labels", "CMU_MOSEI"), _LAYOUT)
    places = [base / name for base in dict.fromkeys((root, folder)) for name in _SOUNDS]
    sounds = next((place for place in places if place.is_dir()), None)
    if sounds is None:
        raise InputError(f"{root}: {_LAYOUT} were expected, there is no {_SOUNDS[0]}")
    folds = _folds(folder / _FOLDS)
    result = Plan({name: [] for name in TENTHS})
    segments = 0
    unsplit: list[Item] = []
    for video, intervals, features in _labelled(folder / _LABELS):
        name = f"{_LABELS} {video}"
        if features.shape != (len(intervals), 1 + len(EMOTIONS)) or not np.isfinite(intervals).all():
            result.skipped.append(Skipped(name, "intervals (N, 2) and features (N, 7) were expected"))
            continue
        segments += len(intervals)
        told = [
            (number, float(start), float(end), label_of(row[1:]))
            for number, ((start, end), row) in enumerate(zip(intervals, features, strict=True))
        ]
        for *_, label in told:
            if label is None:
                result.left_out["two emotions alike, or no number"] += 1
        kept = tuple(segment for segment in told if segment[3] is not None)
        if kept:
            person = f"mosei_{video}"
            path = sounds / f"{video}.wav"
            item = Item(relative(path, root), path, {"video": video, "segments": kept}, person)
            if not folds:
                unsplit.append(item)
            elif video in folds:
                result.splits[folds[video]].append(item)
            else:
                result.left_out["video in no official fold"] += len(kept)
    split_by(unsplit, lambda item: item.person or item.name, TENTHS, result.splits)
    if not any(result.splits.values()):
        raise InputError(f"{root}: {_LAYOUT} were expected, no segment is labelled")
    result.found = {"videos": sum(map(len, result.splits.values())), "segments": segments}
    return result


def label_of(intensities: np.ndarray) -> str | None:
    """The strongest of six emotions; neutral where none is shown, None where two are alike."""
    if not np.isfinite(intensities).all():
        return None
    most = intensities.max()
    if most <= 0:
        return "neutral"
    strongest = np.flatnonzero(intensities == most)
    return EMOTIONS[strongest[0]] if len(strongest) == 1 else None


def read(item: Item, shared: Any) -> list[Row]:
    """A row for each labelled segment of a video."""
    samples = decode_file(item.path)
    rows = []
    for number, start_s, end_s, label in item.facts["segments"]:
        part = samples[max(0, round(start_s * RATE_HZ)) : max(0, round(end_s * RATE_HZ))]
        if len(part) < _LEAST_S * RATE_HZ:
            raise InputError(f"segment {number} at {start_s:g} s lies behind the end of the sound")
        clip = f"{item.facts['video']}_{number}"
        facts = {"label_name": label, "speaker": item.person or "", "sentence": f"mosei_{clip}"}
        rows.append(voice_row(trimmed(part), clip, "cmu-mosei", **facts))
    return rows


def _labelled(path: Path) -> list[tuple[str, np.ndarray, np.ndarray]]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            data = file[next(iter(file))]["data"]
            return [
                (str(video), np.asarray(data[video]["intervals"]), np.asarray(data[video]["features"]))
                for video in sorted(data)
            ]
    except (OSError, KeyError, StopIteration, TypeError, ValueError) as error:
        raise InputError(f"{path}: a computational sequence of labels was expected ({error})") from error


def _folds(path: Path) -> dict[str, str]:
    """The official part of each video; nothing of the file is run. Empty where it is not there."""
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    try:
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                part = _FOLD_NAMES.get(statement.targets[0].id)
                if part:
                    found |= dict.fromkeys(map(str, ast.literal_eval(statement.value)), part)
    except (OSError, SyntaxError, ValueError, TypeError) as error:
        raise InputError(f"{path}: three lists of videos were expected ({error})") from error
    if set(found.values()) != set(_FOLD_NAMES.values()):
        raise InputError(f"{path}: {', '.join(_FOLD_NAMES)} were expected")
    return found


COLLECTION = Collection(
    name="cmu-mosei",
    title="CMU-MOSEI",
    trains="training.voice: the network that hears emotion",
    source="multicomp.cs.cmu.edu: raw archive CMU_MOSEI.zip and labels; folds: "
    "github.com/A2Zadeh/CMU-MultimodalSDK",
    licence="none is stated with the files; the videos are their makers'",
    split="official folds of videos where cmu_mosei_std_folds.py is beside the labels, else tenths by the "
    "hash of the video",
    labels="the strongest of six emotions, neutral where all are 0; segments with two alike are left out",
    layout=_LAYOUT,
    columns=VOICE,
    plan=plan,
    read=read,
    items_a_shard=32,
)
