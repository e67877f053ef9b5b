"""VOCASET: `data_verts.npy`, `templates.pkl`, `subj_seq_to_idx.pkl` and `raw_audio_fixed.pkl`.

data_verts.npy is float (N, 5023, 3), all meshes; subj_seq_to_idx tells for each speaker and sequence at
which places its frames are, templates has each speaker's mesh at rest, raw_audio_fixed the sound and its
rate. 60 frames a second. Where this is described: README of the repository TimoBolkart/voca (Cudeiro et al.
2019), which also names the speakers of train, validation and test. The pickles are read without running
anything in them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError, ModelFileError
from emopoi.head.inert_pickle import array_of, read_inert
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import SPEAKING
from training.datasets.mesh_motion import SHAPES, Directions, kept_directions, speaking_row
from training.datasets.places import folder_with
from training.datasets.voices import as_wav, decode

_NAMES = ("data_verts.npy", "templates.pkl", "subj_seq_to_idx.pkl", "raw_audio_fixed.pkl")
_LAYOUT = ", ".join(_NAMES)
_VALID = ("FaceTalk_170811_03275_TA", "FaceTalk_170908_03277_TA")
_TEST = ("FaceTalk_170809_00138_TA", "FaceTalk_170731_00024_TA")
_FPS = 60.0
_DAMAGE = (ModelFileError, KeyError, TypeError, AttributeError, ValueError, IndexError)


def plan(root: Path, out: Path) -> Plan:
    """Every sequence that has both meshes and sound."""
    folder = folder_with(root, _NAMES[0], ("vocaset", "VOCASET"), f"VOCASET's {_LAYOUT}")
    missing = [name for name in _NAMES if not (folder / name).is_file()]
    if missing:
        raise InputError(f"{root}: VOCASET's {_LAYOUT} were expected, {missing[0]} is not there")
    result = Plan({"pairs": [], "pairs_test": []})
    try:
        places, sounds = _pickle(folder / _NAMES[2]), _pickle(folder / _NAMES[3])
        for speaker, sequences in sorted(places.items()):
            for sequence, frames in sorted(sequences.items()):
                name = f"{speaker}_{sequence}"
                if sequence not in sounds.get(speaker, {}):
                    result.skipped.append(Skipped(name, "meshes without sound"))
                    continue
                at = tuple(int(frames[number]) for number in sorted(frames))
                split = "test" if speaker in _TEST else "valid" if speaker in _VALID else "train"
                facts = {"speaker": speaker, "sequence": sequence, "at": at, "split": split}
                kept = result.splits["pairs_test" if split == "test" else "pairs"]
                kept.append(Item(name, folder, facts, speaker))
    except _DAMAGE as error:
        raise InputError(f"{root}: not VOCASET's layout ({error})") from error
    training = [item for item in result.splits["pairs"] if item.facts["split"] == "train"]
    if not training:
        raise InputError(f"{root}: no sequence of a training speaker has both meshes and sound")
    result.shared = kept_directions(out, lambda count: _some_frames(training, count))
    result.found = {"speakers": len(places)}
    return result


def read(item: Item, shared: Directions) -> list[Row]:
    """One sequence: how each mesh differs from the speaker's template, as coefficients."""
    speaker, sequence = item.facts["speaker"], item.facts["sequence"]
    coefficients = shared.coefficients(_motion(item))
    try:
        told = _pickle(item.path / _NAMES[3])[speaker][sequence]
        samples, rate_hz = array_of(told["audio"]).astype(np.float32), int(told["sample_rate"])
    except _DAMAGE as error:
        raise InputError(f"no sound in {_NAMES[3]} ({error})") from error
    if not samples.size or not np.isfinite(samples).all():
        raise InputError("the sound is empty or no numbers")
    samples /= 32768.0 if np.abs(samples).max() > 1.5 else 1.0
    heard = decode(as_wav(samples, rate_hz))
    facts = {"speaker": speaker, "split": item.facts["split"], "source": "vocaset"}
    return [speaking_row(item.name, heard, coefficients, fps=_FPS, kind=f"vocaset_{SHAPES}", **facts)]


def _motion(item: Item) -> np.ndarray:
    """Differences from the template, float32 (F, 3 V)."""
    try:
        meshes = _meshes(item.path / _NAMES[0])[list(item.facts["at"])].astype(np.float32)
        template = array_of(_pickle(item.path / _NAMES[1])[item.facts["speaker"]]).astype(np.float32)
        motion = (meshes - template).reshape(len(meshes), -1)
    except _DAMAGE as error:
        raise InputError(f"meshes and template do not fit ({error})") from error
    if not len(motion) or not np.isfinite(motion).all():
        raise InputError("meshes are missing or no numbers")
    return motion


def _some_frames(training: list[Item], count: int) -> np.ndarray:
    total = sum(len(item.facts["at"]) for item in training)
    step = max(1, total // count)
    parts, seen = [], 0
    for item in training:
        at = item.facts["at"]
        chosen = tuple(at[place] for place in range(-seen % step, len(at), step))
        seen += len(at)
        if chosen:
            try:
                parts.append(_motion(Item(item.name, item.path, {**item.facts, "at": chosen})))
            except InputError:
                continue  # told when it is read
    return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)


def _pickle(path: Path) -> Any:
    return _unpickled(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _unpickled(path: Path, changed_ns: int) -> Any:
    return read_inert(path.read_bytes(), path.name)


def _meshes(path: Path) -> np.ndarray:
    return np.load(path, mmap_mode="r", allow_pickle=False)


COLLECTION = Collection(
    name="vocaset",
    title="VOCASET",
    trains="nothing yet: its coefficients have no head in the network of the voice's face",
    source="voca.is.tue.mpg.de, after registration: the four files used to train VOCA",
    licence="non-commercial scientific research alone (voca.is.tue.mpg.de/license.html)",
    split="VOCA's own, by speaker: column split has train and valid, pairs_test.parquet the test speakers",
    labels="none; 50 principal directions of the training speakers' motion (directions.npz)",
    layout=_LAYOUT,
    columns=SPEAKING,
    plan=plan,
    read=read,
    published={"speakers": 12},
    items_a_shard=24,
)
