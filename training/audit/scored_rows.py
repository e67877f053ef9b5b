"""What each shipped file says of the labelled rows, through the device's own readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from emopoi.evaluation.faces_of_table import number_column, read_columns
from emopoi.evaluation.metrics import central_range, distribution_median
from emopoi.evaluation.states import HIGH
from emopoi.evaluation.voice import told_labels
from emopoi.head.head_model import project
from emopoi.head.landmark_solver import OUTER_EYES
from emopoi.head.skinning import rotation_matrices
from emopoi.progress import progress
from emopoi.runtime.expression_memory import LstmMemory
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.probabilities import sigmoid, softmax
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.types import Face, TrackedFace
from emopoi.types.labels import AGES
from emopoi.types.voice_labels import SOURCE_LABELS, VOICE8, label_mask
from emopoi.vision.sound_reader import read_sound
from training.audit.face_sets import FER, UTK, WEBCAM, FaceSet
from training.audit.figures import Measure, ScoredRows
from training.audit.grouping import LABELLED, by_name, by_quarter

_HELD_FRAMES = 16
_WHOLE = Face((0.0, 0.0, 1.0, 1.0), 1.0, np.zeros((6, 2), np.float32))
VOICES = "voice_emotion/valid.parquet"


@dataclass(eq=False)
class AuditData:
    """Where rows come from; a set is read once for all files.

    Attributes:
        data: the data folder.
        meshes: where face points are kept.
        rows: of each file, spread over it; None for all.
    """

    data: Path
    meshes: Path
    rows: int | None = None
    _sets: dict[str, FaceSet] = field(default_factory=dict)
    _frames: list[dict[str, np.ndarray]] = field(default_factory=list)

    def faces(self, file: str) -> FaceSet:
        """Of a file of labelled faces."""
        return self._sets.setdefault(file, FaceSet(file, self.data, self.meshes, self.rows))

    def frame_outputs(self) -> list[dict[str, np.ndarray]]:
        """What `emotion` says of FER2013's faces: two networks read on from there."""
        if not self._frames:
            self._frames += self.faces(FER).read(FrozenModel.load("emotion"))
        return self._frames


def _expressions(data: AuditData, told: np.ndarray, how: str = "") -> ScoredRows:
    """FER-7 of FER2013, int (N,), against its labels."""
    faces = data.faces(FER)
    hit = (told == np.array(faces.columns["label"])).astype(float)
    return ScoredRows(FER + how, "pictures", {"accuracy": Measure(hit)}, faces.attributes)


def _emotion(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    outputs = data.frame_outputs() if model.manifest.name == "emotion" else data.faces(FER).read(model)
    return [_expressions(data, np.array([one["fer7"].argmax() for one in outputs]))]


def _age_gender(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    faces = data.faces(UTK)
    outputs = faces.read(model)
    ages = softmax(np.stack([one["age"] for one in outputs]), model.manifest.age_temperature)
    female = np.array([sigmoid(one["female"][0]) for one in outputs]) > 0.5
    labelled = np.minimum(number_column(faces.columns, "age", data.data / UTK), AGES - 1)
    low, high = central_range(ages)
    measures = {
        "age error": Measure(np.abs(distribution_median(ages) - labelled), "years", "low", 1),
        "in the 90 % range": Measure(((low <= labelled) & (labelled <= high)).astype(float)),
        "gender accuracy": Measure(
            (female == np.array([gender == "female" for gender in faces.columns["gender"]])).astype(float)
        ),
    }
    return [ScoredRows(UTK, "pictures", measures, faces.attributes)]


def _multi_head(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    return [*_emotion(model, data), *_age_gender(model, data)]


def _held_stills(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    told = []
    outputs = data.frame_outputs()
    for output in progress(outputs, len(outputs), f"{model.manifest.name} on {FER}"):
        if model.manifest.name == "emotion_clip":
            told.append(
                model.run(
                    embedding=np.repeat(output["embedding"][None, None], _HELD_FRAMES, axis=1),
                    frame_logits=np.repeat(output["fer7"][None, None], _HELD_FRAMES, axis=1),
                )["fer7"][0, -1].argmax()
            )
            continue
        memory = LstmMemory(model)
        for frame in range(_HELD_FRAMES):
            face = TrackedFace(1, _WHOLE, started=frame == 0)
            last = memory.recall(face, frame * LstmMemory.STEP_MS, output)
        told.append(last.argmax())
    return [_expressions(data, np.array(told), f" (each held for {_HELD_FRAMES} frames)")]


def _states(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    faces = data.faces(WEBCAM)
    frames = FrozenModel.load("emotion")
    reader = FrozenStatesReader(model, frames.manifest)
    chances = [reader.read(output) for output in faces.read(frames)]
    measures = {}
    for state in reader.states:
        chance = np.array([one[state] for one in chances])
        level = np.array(faces.columns[state])
        shown, absent = (chance > 0.5).astype(float), (chance <= 0.5).astype(float)
        measures[f"{state} found"] = Measure(np.where(level >= HIGH, shown, np.nan))
        measures[f"no {state} found"] = Measure(np.where(level == 0, absent, np.nan))
    return [ScoredRows(WEBCAM, "pictures", measures, faces.attributes, faces.persons)]


def _landmark_emotion(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    from training.expression3d.landmark_table import landmark_table

    faces = data.faces(FER)
    reader = LandmarkEmotionReader(faces.head, model)
    usual = int(reader.prior.argmax())
    table = landmark_table(data.data / FER, data.meshes / Path(FER).name)
    chosen = faces.chosen(len(table))
    told = [
        int(reader.read(table.points[row]).argmax()) if table.found[row] else usual
        for row in progress(chosen, len(chosen), f"{model.manifest.name} on {FER}")
    ]
    return [_expressions(data, np.array(told))]


def _coefficient_emotion(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    rows = data.faces(FER).solved.coefficients()
    told = [
        model.run(coefficients=row[None])["fer7"][0].argmax()
        for row in progress(rows, len(rows), f"{model.manifest.name} on {FER}")
    ]
    return [_expressions(data, np.array(told), " (coefficients of the solver)")]


def _face_coefficients(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    faces = data.faces(UTK)
    solved = faces.solved
    told = [model.run(points=points[None]) for points in solved.points]
    expression = np.clip(np.concatenate([one["expression"] for one in told]), 0, 1)
    pose = np.concatenate([one["pose"] for one in told])[:, :3]
    measures = {
        "expressions apart from the solver's": Measure(
            _where_seen(faces, np.abs(expression - solved.expression).mean(axis=1)), "0 to 1", "low", 4
        ),
        "turn apart": Measure(
            _where_seen(faces, np.degrees(np.linalg.norm(pose - solved.pose[:, :3], axis=1))), "degrees",
            "low", 2,
        ),
    }  # fmt: skip
    return [ScoredRows(UTK, "pictures", measures, faces.attributes)]


def _head(manifest: Manifest, data: AuditData) -> list[ScoredRows]:
    faces = data.faces(UTK)
    error = _where_seen(faces, 100.0 * faces.solved.error)
    measures = {"points apart from MediaPipe's": Measure(error, "% of the eye distance", "low", 2)}
    return [ScoredRows(UTK, "pictures", measures, faces.attributes)]


def _face_regressor(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    from training.face3d.regressor_faces import keypoints_of

    faces = data.faces(UTK)
    reader, head = FaceRegressorReader(faces.head, model), faces.head
    points = faces.points[0]
    right, left = OUTER_EYES
    apart, turns = np.full(len(faces), np.nan), np.full(len(faces), np.nan)
    rows = np.flatnonzero(faces.seen)
    for row in progress(rows, len(rows), f"{model.manifest.name} on {UTK}"):
        face = Face((0.0, 0.0, 1.0, 1.0), 1.0, keypoints_of(points[row]))
        told = reader.read(faces.pictures[row], face)
        shown = project(head.landmark_points(head.vertices(told)), told.camera)[:, :2]
        unit = np.linalg.norm(points[row, right] - points[row, left])
        asked = points[row, head.landmarks.indices, :2]
        apart[row] = 100.0 * np.linalg.norm(shown - asked, axis=1).mean() / unit
        both = (rotation_matrices(one.astype(float)) for one in (told.pose[0], faces.solved.turn[row]))
        one, other = both
        turns[row] = np.degrees(np.arccos(np.clip((np.trace(one @ other.T) - 1) / 2, -1, 1)))
    measures = {
        "points apart from MediaPipe's": Measure(apart, "% of the eye distance", "low", 2),
        "turn apart from the solver's": Measure(turns, "degrees", "low", 1),
    }
    return [ScoredRows(UTK, "pictures", measures, faces.attributes)]


def _voice_emotion(model: FrozenModel, data: AuditData) -> list[ScoredRows]:
    reader = VoiceEmotionReader(model)
    columns = read_columns(
        data.data / VOICES, ("audio", "label_name", "speaker", "gender", "source", "lang", "seconds")
    )
    count = len(columns["audio"])
    chosen = (
        np.arange(count) if data.rows is None else np.unique(np.linspace(0, count - 1, data.rows).astype(int))
    )
    columns = {name: [values[row] for row in chosen] for name, values in columns.items()}
    logits = np.full((len(chosen), len(VOICE8)), np.nan, np.float32)
    loud = np.full(len(chosen), np.nan)
    for row, content in enumerate(
        progress(columns["audio"], len(chosen), f"{model.manifest.name} on {VOICES}")
    ):
        samples = read_sound(content)
        loud[row] = 10.0 * np.log10(float(np.mean(samples**2)) + 1e-12)
        heard = reader.read_clip(samples)
        if heard is not None:
            logits[row] = heard
    allowed = np.array([label_mask(SOURCE_LABELS[source]) for source in columns["source"]])
    labels = np.array([VOICE8.index(name) for name in columns["label_name"]])
    hit = (told_labels(logits, allowed) == labels).astype(float)
    attributes = [
        by_name("gender", LABELLED, columns["gender"]),
        by_name("language", LABELLED, columns["lang"]),
        by_name("expression", LABELLED, columns["label_name"]),
        by_quarter("loudness", loud, "softest", "loudest", 0, "dB"),
        by_quarter("length", np.array(columns["seconds"], float), "shortest", "longest", 1, "s"),
    ]
    return [
        ScoredRows(
            VOICES, "clips", {"accuracy": Measure(hit)}, attributes, np.array(columns["speaker"], str),
            ["age of the speakers: no column of the data tells it"],
        )
    ]  # fmt: skip


def _where_seen(faces: FaceSet, values: np.ndarray) -> np.ndarray:
    return np.where(faces.seen, values, np.nan)


Score = Callable[[FrozenModel, AuditData], list[ScoredRows]]
SCORES: dict[str, Score] = {
    "emotion": _emotion,
    "emotion_time": _held_stills,
    "emotion_clip": _held_stills,
    "age_gender": _age_gender,
    "multi_head": _multi_head,
    "states": _states,
    "landmark_emotion": _landmark_emotion,
    "coefficient_emotion": _coefficient_emotion,
    "face_coefficients": _face_coefficients,
    "face_regressor": _face_regressor,
    "voice_emotion": _voice_emotion,
}
"""Files that read faces or voices, by the manifest's name."""

NOT_AT_HAND = {
    "voice_face": [
        "No figures by group: the face that speaks was measured on one held clip of one speaker, and "
        "nobody's age or gender is in it. Brightness, pose, size and blur are of pictures, and none is read.",
    ],
}
"""Files for which there is nothing to tell groups apart by."""


def score(manifest: Manifest, data: AuditData) -> list[ScoredRows]:
    """Rows of one shipped model, read with its default file; empty for those of `NOT_AT_HAND`.

    Args:
        manifest: of the model.
        data: where rows come from.
    """
    if manifest.name in NOT_AT_HAND:
        return []
    if manifest.task == "head":
        return _head(manifest, data)
    if manifest.name in ("face_detail", "face_detail_map"):
        from training.audit.scored_detail import score_detail

        return score_detail(data)
    return SCORES[manifest.name](FrozenModel(manifest), data)
