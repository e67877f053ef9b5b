"""BIWI, the 3D audiovisual corpus B3D(AC)^2: `faces/SPEAKER/SEQUENCE/*.vl`, templates and sounds.

Speakers are F1 to F8 and M1 to M6. A .vl file is one frame: the number of points as an unsigned integer,
then x, y and z of each as float32, 23370 points; instead of the folder SEQUENCE there may be the archive
SEQUENCE.tar as it comes. The template is the .obj's lines `v x y z`. Sequences are 01 to 40, spoken
neutrally, and e01 to e40, the same sentences with emotion. 25 frames a second. A sound is `audio`, `wav` or
`videos` with `SPEAKER/SEQUENCE.*` or `SPEAKER_SEQUENCE.*` in it. Where this is described:
data.vision.ee.ethz.ch/cvl/datasets/b3dac2 (Fanelli et al. 2010); BIWI/README.md and creatDataset_BIWI.m of
the repository Doubiiu/CodeTalker.
"""

from __future__ import annotations

import re
import tarfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.head.similarity import similarity
from training.datasets.collection import Collection, Item, Plan, Row, Skipped
from training.datasets.columns import SPEAKING
from training.datasets.mesh_motion import SHAPES, Directions, kept_directions, speaking_row
from training.datasets.places import relative
from training.datasets.tables_of_text import read_lines
from training.datasets.voices import decode_file

_TRAIN = ("F2", "F3", "F4", "M3", "M4", "M5")
_VALID = ("F5", "M1")
_TEST = ("F1", "F6", "F7", "F8", "M2", "M6")
_SEQUENCE = re.compile(r"(?P<emotion>e?)(?P<number>\d\d)$")
_SOUND_FOLDERS = ("wav", "audio", "videos")
_LAYOUT = (
    "faces/SPEAKER/SEQUENCE/*.vl (or SEQUENCE.tar), rigid_scans/SPEAKER.obj and wav/SPEAKER_SEQUENCE.wav"
)
_FPS = 25.0
_FRAME_S = 0.5  # sound and meshes may differ by so much


def plan(root: Path, out: Path) -> Plan:
    """Every sequence of a known speaker that has a sound."""
    if not (root / "faces").is_dir() or not (root / "rigid_scans").is_dir():
        raise InputError(f"{root}: {_LAYOUT} were expected, there is no faces or no rigid_scans")
    result = Plan({"pairs": [], "pairs_test": []})
    for speaker in (*_TRAIN, *_VALID, *_TEST):
        for path in sorted((root / "faces" / speaker).glob("*")):
            told = _SEQUENCE.match(path.stem if path.suffix == ".tar" else path.name)
            twice = path.suffix == ".tar" and path.with_suffix("").is_dir()
            if told is None or twice or not (path.is_dir() or path.suffix == ".tar"):
                continue
            sequence, name = told[0], relative(path, root)
            sound = _sound(root, speaker, sequence)
            if sound is None:
                result.skipped.append(Skipped(name, "meshes without sound"))
                continue
            split = "train" if speaker in _TRAIN else "valid" if speaker in _VALID else "test"
            facts = {
                "clip": f"biwi_{speaker}_{sequence}", "speaker": f"biwi_{speaker}", "split": split,
                "sound": sound, "template": root / "rigid_scans" / f"{speaker}.obj",
                "label_name": "" if told["emotion"] else "neutral",
            }  # fmt: skip
            kept = result.splits["pairs_test" if split == "test" else "pairs"]
            kept.append(Item(name, path, facts, speaker))
    training = [item for item in result.splits["pairs"] if item.facts["split"] == "train"]
    if not training:
        raise InputError(
            f"{root}: {_LAYOUT} were expected, no training speaker ({', '.join(_TRAIN)}) is there"
        )
    result.shared = kept_directions(out, lambda count: _some_frames(training, count))
    result.found = {"speakers": len({item.person for items in result.splits.values() for item in items})}
    return result


def read(item: Item, shared: Directions) -> list[Row]:
    """One sequence: how each mesh differs from the speaker's template, as coefficients."""
    coefficients = shared.coefficients(_motion(item))
    samples = decode_file(item.facts["sound"])
    facts = {name: item.facts[name] for name in ("speaker", "split", "label_name")}
    row = speaking_row(
        item.facts["clip"], samples, coefficients, fps=_FPS, kind=f"biwi_{SHAPES}", source="biwi", **facts
    )
    if abs(row["seconds"] - row["n_frames"] / _FPS) > _FRAME_S:
        raise InputError(f"{row['seconds']:.2f} s of sound for {row['n_frames']} meshes at {_FPS:g} a second")
    return [row]


def _sound(root: Path, speaker: str, sequence: str) -> Path | None:
    for folder in _SOUND_FOLDERS:
        for pattern in (f"{speaker}_{sequence}.*", f"{speaker}/{sequence}.*"):
            found = sorted((root / folder).glob(pattern))
            if found:
                return found[0]
    return None


def _motion(item: Item, step: int = 1, first: int = 0) -> np.ndarray:
    """Differences from the template, float32 (F, 3 V), of every `step`th frame."""
    contents = _frames(item.path, step, first)
    if not contents:
        if first:
            return np.empty((0, 0), np.float32)
        raise InputError("no .vl file in it")
    meshes = [points_of(content) for content in contents]
    template = _template(item.facts["template"])
    if any(len(mesh) != len(template) for mesh in meshes):
        raise InputError(f"meshes of {len(template)} points were expected, as the template's")
    frames = np.stack(meshes)
    if not np.isfinite(frames).all():
        raise InputError("a mesh has what is no number")
    # The template has turn, size and place of its own; the frames share theirs.
    rotation, scale, place = similarity(template, frames.mean(axis=0))
    still = scale * template @ rotation.T + place
    return (frames - still).reshape(len(frames), -1).astype(np.float32)


def _frames(path: Path, step: int, first: int) -> list[bytes]:
    if path.is_dir():
        return [file.read_bytes() for file in sorted(path.glob("*.vl"))[first::step]]
    try:
        with tarfile.open(path) as archive:
            names = sorted(name for name in archive.getnames() if name.endswith(".vl"))
            files = [archive.extractfile(name) for name in names[first::step]]
            return [file.read() for file in files if file is not None]
    except (OSError, tarfile.TarError, EOFError) as error:
        raise InputError(f"no archive ({error})") from error


def points_of(content: bytes) -> np.ndarray:
    """Points of a .vl file: float32 (V, 3).

    Raises:
        InputError: its length does not fit the number of points that it tells.
    """
    # "unsigned long" of the machine that wrote it: four bytes or eight.
    for size in (4, 8):
        count = int.from_bytes(content[:size], "little")
        if count and len(content) == size + 12 * count:
            return np.frombuffer(content, "<f4", 3 * count, size).reshape(count, 3)
    raise InputError(f"a .vl file of {len(content)} bytes does not hold the points that it tells of")


def _template(path: Path) -> np.ndarray:
    if not path.is_file():
        raise InputError(f"no template {path.name}")
    return _points_of_obj(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _points_of_obj(path: Path, changed_ns: int) -> np.ndarray:
    try:
        points = [line.split()[1:4] for line in read_lines(path) if line.startswith("v ")]
        return np.array(points, np.float32).reshape(len(points), 3)
    except ValueError as error:
        raise InputError(f"{path.name}: lines v x y z were expected ({error})") from error


def _some_frames(training: list[Item], count: int) -> np.ndarray:
    """About so many frames: as many of each sequence, which all are of about one length."""
    guess = 100 * len(training)
    step = max(1, guess // count)
    parts = []
    for number, item in enumerate(training):
        try:
            part = _motion(item, step, number % step)
        except InputError:
            continue  # told when it is read
        if part.size:
            parts.append(part)
    width = parts[0].shape[1] if parts else 0
    return np.concatenate(
        [part for part in parts if part.shape[1] == width] or [np.empty((0, 0), np.float32)]
    )


COLLECTION = Collection(
    name="biwi",
    title="BIWI (B3D(AC)^2)",
    trains="nothing yet: its coefficients have no head in the network of the voice's face",
    source="data.vision.ee.ethz.ch/cvl/datasets/b3dac2.en.html, on request: faces, rigid_scans and sounds",
    licence="the agreement that is signed for it, with ETH Zurich",
    split="by speaker: F2, F3, F4, M3, M4 and M5 train (as FaceFormer and CodeTalker), F5 and M1 valid "
    "(column split); F1, F6, F7, F8, M2 and M6 in pairs_test.parquet",
    labels="neutral for 01 to 40, none for e01 to e40; 50 principal directions of the training speakers' "
    "motion (directions.npz)",
    layout=_LAYOUT,
    columns=SPEAKING,
    plan=plan,
    read=read,
    published={"speakers": 14},
    items_a_shard=16,
)
