"""Expression named from face points, with a 3D head between or without, on labelled faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture, number_column
from emopoi.evaluation.labelled_expressions import labelled_expressions
from emopoi.evaluation.metrics import confusion_matrix, macro_f1
from emopoi.progress import progress
from emopoi.types.labels import FER7

PlacePoints = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float32], float] | None]
"""From a tight crop, uint8 (H, W, 3) RGB, to points float32 (468, 3) and 0..1, how sure it is of a face;
None where no points could be placed."""

NameExpression = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From points float32 (468, 3) to FER-7, float32 (7,); InputError where they are no face's."""

ENOUGH_PRESENCE = 0.5
"""From here on a face counts as found."""


def evaluate_expression3d(
    path: Path,
    place: PlacePoints,
    name: NameExpression,
    *,
    prior: NDArray[np.floating] | None = None,
    label_map: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Score what points tell of the expression, each picture by itself.

    Points are placed wherever the crop says that a face is, also where the landmark network sees none: so
    all pictures are told, and all count. Works on landmarks leave out the pictures without a face; their
    figure is `accuracy_found`.

    Args:
        path: as for `labelled_expressions`; tight crops. `dup_in_train` is used where it exists.
        place: places the points.
        name: from points to expressions.
        prior: float (7,), how usual each expression is: the guess where no points are placed; None for none.
        label_map: from other labels to those of FER-7.

    Returns:
        n, accuracy (all pictures), n_found, accuracy_found, macro_f1 (all), confusion (all that were told),
        missed, accuracy_no_dup. On pictures that are damaged or show no points the most usual
        expression is told; without `prior` they are wrong.

    Raises:
        InputError: a column is missing or of another type, a label is unknown or nothing can be decoded.
        MissingPartError: a table is given and pyarrow is not installed.
    """
    columns, true = labelled_expressions(path, label_map, ("dup_in_train",))
    images = columns["image"]
    told = np.full(len(images), -1)
    found = np.zeros(len(images), bool)
    for row, data in enumerate(progress(images, len(images), "scoring expressions")):
        picture = decode_picture(data)
        placed = None if picture is None else place(picture)
        if placed is None:
            continue
        points, presence = placed
        try:
            told[row] = int(name(points).argmax())
        except InputError:
            # Not finite, or all in one place: as if none were placed.
            continue
        found[row] = presence > ENOUGH_PRESENCE
    seen = told >= 0
    if not seen.any():
        raise InputError(f"{path}: no points could be placed on any picture")
    missed = int((~seen).sum())
    if prior is not None:
        told[~seen] = int(np.argmax(prior))
        seen[:] = True
    hit = told == true
    confusion = confusion_matrix(true[seen], told[seen], len(FER7))
    result: dict[str, Any] = {
        "n": len(true),
        "accuracy": float(hit.mean()),
        "n_found": int(found.sum()),
        "accuracy_found": float(hit[found].mean()) if found.any() else None,
        "macro_f1": macro_f1(confusion, np.bincount(true[~seen], minlength=len(FER7))),
        "confusion": {"labels": list(FER7), "rows_true": confusion.tolist()},
        "missed": missed,
    }
    if "dup_in_train" in columns:
        fresh = ~(number_column(columns, "dup_in_train", path) > 0)
        if fresh.any():
            result["accuracy_no_dup"] = float(hit[fresh].mean())
    return result
