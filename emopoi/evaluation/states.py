"""Boredom and frustration on labelled faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.evaluation.faces_of_table import (
    FindFaces,
    decode_picture,
    found_input,
    number_column,
    read_columns,
    tight_input,
)
from emopoi.progress import progress
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.states_reader import FrozenStatesReader

LEVELS = (0, 1, 2, 3)
HIGH = 2
"""A state is shown strongly from this level on; level 1 is neither and is left out of the scores."""


def evaluate_states(
    path: Path, model: FrozenModel, frame_model: FrozenModel, *, find_faces: FindFaces | None = None
) -> dict[str, Any]:
    """Score the heads, single crop.

    Args:
        path: parquet with `image` and the levels 0..3 of each state in a column of its name.
        model: task "states".
        frame_model: the expression network that it reads the embedding of.
        find_faces: detect and crop first; None takes the pictures as tight crops.

    Returns:
        n, missed, and for each state balanced_accuracy, n, high (share of the rows with level 2 or 3 that
        are found) and low (share of those with level 0). A damaged picture or one without a face is wrong.

    Raises:
        InputError: a column is missing or of another type, a level is none, a state has no rows to score.
        ModelFileError: the models do not fit each other.
        MissingPartError: pyarrow is not installed.
    """
    reader = FrozenStatesReader(model, frame_model.manifest)
    columns = read_columns(path, ["image", *reader.states])
    levels = {state: _levels(columns, state, path) for state in reader.states}
    images = columns["image"]
    found = np.full((len(images), len(reader.states)), np.nan)
    inputs = _inputs(images, model, frame_model, find_faces)
    for row, face in enumerate(progress(inputs, len(images), f"scoring {model.manifest.name}")):
        if face is not None:
            found[row] = list(reader.read(frame_model.run_face(face)).values())
    result: dict[str, Any] = {"n": len(images)}
    for place, state in enumerate(reader.states):
        result[state] = balanced_accuracy(levels[state], found[:, place], f"{path}: {state}")
    result["missed"] = int(np.isnan(found).any(axis=1).sum())
    return result


def balanced_accuracy(levels: NDArray[np.int64], chance: NDArray[np.float64], where: str) -> dict[str, Any]:
    """Mean of the shares of strong and of absent rows that are told right.

    Args:
        levels: int (N,) 0..3; rows of level 1 are left out.
        chance: float (N,) 0..1 that the state is shown strongly; above one half says so. NaN is wrong.
        where: for the message.

    Raises:
        InputError: there are no rows of level 0, or none of level 2 or 3.
    """
    strong, absent = levels >= HIGH, levels == 0
    if not strong.any() or not absent.any():
        raise InputError(f"{where}: rows of level 0 and of level {HIGH} or 3 were expected")
    high, low = float((chance[strong] > 0.5).mean()), float((chance[absent] <= 0.5).mean())
    return {
        "balanced_accuracy": (high + low) / 2,
        "n": int(strong.sum() + absent.sum()),
        "high": high,
        "low": low,
    }


def squared(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make a picture square by repeating the edges of its short side: uint8 (S, S, C), S the long side."""
    height, width = picture.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return cv2.copyMakeBorder(
        picture, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
    )


def _inputs(
    images: Sequence[bytes | None], model: FrozenModel, frame_model: FrozenModel, find_faces: FindFaces | None
) -> Iterator[NDArray[np.float32] | None]:
    spec, layout = frame_model.manifest.input, model.manifest.training_layout
    if spec is None or layout is None:
        raise ModelFileError(f"model {model.manifest.name}: its manifest has no training_layout")
    for data in images:
        picture = decode_picture(data)
        if picture is None:
            yield None
        elif find_faces is None:
            yield tight_input(squared(picture), spec, layout)
        else:
            yield found_input(picture, spec, find_faces)


def _levels(columns: dict[str, list[Any]], state: str, path: Path) -> NDArray[np.int64]:
    values = number_column(columns, state, path)
    if not np.isin(values, LEVELS).all():
        row = int(np.flatnonzero(~np.isin(values, LEVELS))[0])
        raise InputError(
            f"{path}: column {state!r}, row {row}: 0..3 was expected, got {columns[state][row]!r}"
        )
    return values.astype(np.int64)
