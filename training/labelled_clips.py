"""The labelled real clips through detector, tracker and reader: which frames are read as the actor meant."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.runtime.emotion_reader import FrozenEmotionReader
from emopoi.runtime.expression_memory import ExponentialMemory, ExpressionMemory, LstmMemory, NoMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types.labels import FER7
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.face_follower import FaceFollower
from emopoi.vision.head_pose import head_pose
from emopoi.vision.media import open_media

TIME_CONSTANTS_MS = (110.0, 250.0, 380.0, 560.0)
"""Of the fading means; the one that ships is always among them."""


def labelled_clips(folder: Path) -> list[tuple[Path, str]]:
    """Clips whose source says which expression was acted.

    Args:
        folder: holds index.csv with the columns file and emotion, and the clips.

    Raises:
        InputError: there is no index, or it has no such columns.
    """
    index = folder / "index.csv"
    if not index.is_file():
        raise InputError(f"{index}: no such file")
    with index.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "emotion"} <= rows[0].keys():
        raise InputError(f"{index}: columns file and emotion were expected")
    return [(folder / row["file"], row["emotion"]) for row in rows if row["emotion"] in FER7]


def memories(frame_model: FrozenModel, time_models: Iterable[FrozenModel]) -> dict[str, ExpressionMemory]:
    """Every kind of memory by the name that tables have."""
    temperature = frame_model.manifest.temperature
    kinds: dict[str, ExpressionMemory] = {"none": NoMemory(temperature)}
    for tau in sorted({*TIME_CONSTANTS_MS, ExponentialMemory.TIME_CONSTANT_MS}):
        kinds[f"ema {tau:g} ms"] = ExponentialMemory(temperature, tau)
    return kinds | {f"lstm {model.variant}": LstmMemory(model) for model in time_models}


def read_labelled_clips(
    folder: Path, frame_model: FrozenModel, time_models: Iterable[FrozenModel]
) -> dict[str, dict[str, Any]]:
    """Read every labelled clip once with every kind of memory.

    Args:
        folder: see `labelled_clips`.
        frame_model: the frame network.
        time_models: variants of the temporal model.

    Returns:
        By clip `label` and `methods`: by kind of memory the figures of `clip_figures`.
    """
    time_models = list(time_models)
    result = {}
    for path, label in labelled_clips(folder):
        found = _read(path, frame_model, memories(frame_model, time_models))
        figures = {name: clip_figures(answers, label) for name, answers in found.items()}
        result[path.name] = {"label": label, "methods": figures}
    return result


def clip_figures(answers: Iterable[tuple[float, str]], label: str) -> dict[str, Any]:
    """Figures of one method on one clip.

    Args:
        answers: time in milliseconds and answer of every reading of a face.
        label: what the actor meant.

    Returns:
        frames read; right, how many as labelled; changes_per_s of the answer; and `instead`, the wrong
        answer given most often, with its number of frames.
    """
    answers = list(answers)
    said = [answer for _, answer in answers]
    wrong = Counter(answer for answer in said if answer != label).most_common(1)
    seconds = (answers[-1][0] - answers[0][0]) / 1000.0 if len(answers) > 1 else 0.0
    changes = sum(before != after for before, after in pairwise(said))
    return {
        "frames": len(said),
        "right": said.count(label),
        "changes_per_s": round(changes / seconds, 2) if seconds else 0.0,
        "instead": list(wrong[0]) if wrong else None,
    }


def _read(
    path: Path, frame_model: FrozenModel, kinds: Mapping[str, ExpressionMemory]
) -> dict[str, list[tuple[float, str]]]:
    readers = {name: FrozenEmotionReader(frame_model, memory) for name, memory in kinds.items()}
    follower = FaceFollower(BlazeFaceDetector())
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in readers}
    with open_media(path) as media:
        for frame in media:
            faces = follower.faces(frame)
            for ended in follower.pop_ended():
                for reader in readers.values():
                    reader.forget(ended)
            for face in faces:
                pose = head_pose(face.face.keypoints) if face.face.measured else None
                for name, reader in readers.items():
                    fer7 = reader.read(frame, face, pose).fer7
                    found[name].append((frame.time_ms, FER7[int(fer7.argmax())]))
    return found
