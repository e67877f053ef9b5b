"""Expression on labelled faces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.evaluation.faces_of_table import FindFaces, inputs_of, number_column
from emopoi.evaluation.labelled_expressions import labelled_expressions
from emopoi.evaluation.metrics import (
    abstention_curve,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
)
from emopoi.evaluation.shake import Shake, shaken_inputs
from emopoi.progress import progress
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types.labels import FER7, FERPLUS8

VOTES = tuple(f"ferplus_{name}" for name in (*FERPLUS8, "unknown", "NF"))
"""The vote columns of FER+: its eight labels first, in their order."""


def evaluate_emotion(
    path: Path,
    model: FrozenModel,
    *,
    find_faces: FindFaces | None = None,
    label_map: Mapping[str, str] | None = None,
    shake: Shake | None = None,
) -> dict[str, Any]:
    """Score a frame model, single crop.

    Args:
        path: parquet with `image` and `label` (0..6) or `label_name`; `dup_in_train` and the
            ten FER+ vote columns are used where they exist. Or a folder with one folder a label.
        model: task "emotion" or "multi_head".
        find_faces: detect and crop first.
        label_map: from other labels to those of FER-7.
        shake: cut tight crops with an error.

    Returns:
        n, accuracy, accuracy_no_dup, macro_f1, ece, confusion, abstention, ferplus_accuracy,
        missed. A picture that is damaged or shows no face counts as wrong in the accuracies, as a
        false negative of its class in macro_f1 and with confidence 0 in the abstention curve;
        confusion and ece cover found faces alone: where nothing was found, nothing was said with
        any confidence.

    Raises:
        InputError: a column is missing or of another type, a label is unknown or nothing can be
            decoded.
        ModelFileError: the manifest names no FER-7 output or no layout.
        MissingPartError: a table is given and pyarrow is not installed.
    """
    if "fer7" not in model.manifest.outputs:
        raise ModelFileError(f"model {model.manifest.name} has no output fer7")
    columns, true = labelled_expressions(path, label_map, ("dup_in_train", *VOTES))
    outputs = predict(columns["image"], model, find_faces, shake=shake)
    seen = np.array([output is not None for output in outputs])
    if not seen.any():
        raise InputError(f"{path}: not one picture could be read")
    uniform = np.full(len(FER7), 1 / len(FER7), np.float32)
    fer7 = np.stack(
        [uniform if o is None else softmax(o["fer7"], model.manifest.temperature) for o in outputs]
    )
    # What was not found is not "angry" by accident of argmax over a tie: it is a miss.
    found = np.where(seen, fer7.argmax(1), -1)
    hit = found == true
    confusion = confusion_matrix(true[seen], found[seen], len(FER7))
    result: dict[str, Any] = {
        "n": len(true),
        "accuracy": float(hit.mean()),
        "macro_f1": macro_f1(confusion, np.bincount(true[~seen], minlength=len(FER7))),
        "ece": expected_calibration_error(fer7[seen], true[seen]),
        "confusion": {"labels": list(FER7), "rows_true": confusion.tolist()},
        "abstention": abstention_curve(np.where(seen, fer7.max(1), 0.0), hit),
    }
    if "dup_in_train" in columns:
        fresh = ~(number_column(columns, "dup_in_train", path) > 0)
        if fresh.any():
            result["accuracy_no_dup"] = float(hit[fresh].mean())
    if all(name in columns for name in VOTES) and "ferplus8" in model.manifest.outputs:
        result |= _ferplus(path, columns, outputs)
    result["missed"] = int((~seen).sum())
    return result


def predict(
    images: list[bytes | None],
    model: FrozenModel,
    find_faces: FindFaces | None = None,
    *,
    layout_name: Literal["training_layout", "person_layout"] = "training_layout",
    shake: Shake | None = None,
) -> list[dict[str, NDArray[np.float32]] | None]:
    """Raw outputs of a face model by picture, None where there was no face.

    Args:
        images: JPEG or PNG bytes, or None.
        model: reads faces.
        find_faces: detect and crop first; None takes the pictures as tight crops.
        layout_name: which of the manifest's layouts tight crops have.
        shake: cut tight crops with an error.

    Raises:
        InputError: the model reads no faces, or both `find_faces` and `shake` are given.
        ModelFileError: its manifest lacks the layout.
    """
    spec = model.manifest.input
    if spec is None:
        raise InputError(f"model {model.manifest.name} reads no faces")
    layout = getattr(model.manifest, layout_name)
    if layout is None:
        raise ModelFileError(f"model {model.manifest.name}: its manifest has no {layout_name}")
    if shake is not None and find_faces is not None:
        raise InputError("shake is for tight crops: a detector's own errors were asked for as well")
    inputs = (
        shaken_inputs(images, spec, layout, shake)
        if shake is not None
        else inputs_of(images, spec, layout, find_faces)
    )
    return [
        None if face is None else model.run_face(face)
        for face in progress(inputs, len(images), f"scoring {model.manifest.name}")
    ]


def majority_votes(columns: dict[str, list[Any]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """FER+ majority by row, and where it counts: one of the eight labels, and no tie."""
    votes = np.array([columns[name] for name in VOTES]).T
    best = votes.argmax(1)
    tie = (votes == votes.max(1, keepdims=True)).sum(1) > 1
    return best, (best < len(FERPLUS8)) & ~tie


def _ferplus(path: Path, columns: dict[str, list[Any]], outputs: list[Any]) -> dict[str, Any]:
    votes = {name: np.nan_to_num(number_column(columns, name, path)).tolist() for name in VOTES}
    best, counted = majority_votes(votes)
    if not counted.any():
        return {"ferplus_n": 0}
    found = np.array([-1 if output is None else int(output["ferplus8"].argmax()) for output in outputs])
    return {"ferplus_n": int(counted.sum()), "ferplus_accuracy": float((found == best)[counted].mean())}
