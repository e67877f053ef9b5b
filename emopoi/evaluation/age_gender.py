"""Age and gender on labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.evaluation.emotion import predict
from emopoi.evaluation.faces_of_table import FindFaces, number_column, read_columns
from emopoi.evaluation.metrics import central_range, distribution_median
from emopoi.evaluation.shake import Shake
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import sigmoid, softmax

BAND_STARTS = (0, 3, 10, 20, 30, 40, 50, 60, 70)
"""Years at which an age band begins; it ends below the next, so 2.5 lies in the first."""
CHILD_UNTIL, ADULT_FROM = 13, 18
"""Years: below the first a person is a child, from the second on an estimate says adult."""


def evaluate_age_gender(
    path: Path, model: FrozenModel, *, find_faces: FindFaces | None = None, shake: Shake | None = None
) -> dict[str, Any]:
    """Score a model, single crop.

    Args:
        path: parquet with `image`; `age`, `gender`, `age_min` and `age_max` where known.
        model: task "age_gender" or "multi_head".
        find_faces: detect and crop first; faces not found are counted in `missed` and left
            out of the errors.
        shake: cut tight crops with an error.

    Returns:
        n, age_mae, age_mae_of_mean, age_bias (estimate less label), age_within_5,
        age_range_accuracy, age_coverage90 (labels inside of the 90 % range that a profile tells),
        gender_accuracy, children_n and children_read_as_adults (share of those under 13 whose
        estimate is 18 or more), by_age, by_group, missed. The age is the distribution's median, as
        a profile tells it; age_mae_of_mean scores its mean. Labels above the last year of the
        distribution (100) count as that year.

    Raises:
        InputError: a column is missing or of another type, no label is there or nothing can be
            decoded.
        ModelFileError: the manifest names no age or gender output, or no layout.
        MissingPartError: pyarrow is not installed.
    """
    lacking = {"age", "female"} - set(model.manifest.outputs)
    if lacking:
        raise ModelFileError(f"model {model.manifest.name} has no output {' or '.join(sorted(lacking))}")
    columns = read_columns(path, ["image"], ["age", "gender", "age_min", "age_max"])
    outputs = predict(columns["image"], model, find_faces, layout_name="person_layout", shake=shake)
    seen = np.array([output is not None for output in outputs])
    if not seen.any():
        raise InputError(f"{path}: not one picture could be read")
    kept = [output for output in outputs if output is not None]
    distribution = np.stack([softmax(output["age"], model.manifest.age_temperature) for output in kept])
    oldest = distribution.shape[1] - 1
    estimate = distribution_median(distribution)
    mean = distribution @ np.arange(oldest + 1)
    female = np.array([sigmoid(output["female"][0]) for output in kept]) > 0.5
    age, age_min, age_max = (
        np.minimum(number_column(columns, name, path)[seen], oldest) for name in ("age", "age_min", "age_max")
    )
    gender = np.array([str(value) for value in columns.get("gender") or [""] * len(seen)])[seen]
    result: dict[str, Any] = {"n": len(seen), "missed": int((~seen).sum())}
    known = ~np.isnan(age)
    error = estimate - age
    low, high = central_range(distribution)
    covered = (low <= age) & (age <= high)
    if known.any():
        result["age_mae"] = float(np.abs(error)[known].mean())
        result["age_mae_of_mean"] = float(np.abs(mean - age)[known].mean())
        result["age_bias"] = float(error[known].mean())
        result["age_within_5"] = float((np.abs(error)[known] <= 5).mean())
        result["age_coverage90"] = float(covered[known].mean())
    ranged = ~known & ~np.isnan(age_min)
    if ranged.any():
        inside = (estimate >= age_min) & (np.isnan(age_max) | (estimate <= age_max))
        result["age_range_accuracy"] = float(inside[ranged].mean())
    labelled = (gender == "female") | (gender == "male")
    right = female == (gender == "female")
    if labelled.any():
        result["gender_accuracy"] = float(right[labelled].mean())
    if not (known.any() or ranged.any() or labelled.any()):
        raise InputError(f"{path}: neither age nor gender is labelled")
    children = known & (age < CHILD_UNTIL)
    if children.any():
        result["children_n"] = int(children.sum())
        result["children_read_as_adults"] = float((estimate >= ADULT_FROM)[children].mean())
    bands = _bands(age)
    result["by_age"] = {
        band: _group(chosen, error, covered, right, labelled)
        for band, chosen in bands.items()
        if chosen.any()
    }
    result["by_group"] = {
        f"{name} {band}": _group(chosen & (gender == name), error, covered, right, labelled)
        for name in ("female", "male")
        for band, chosen in bands.items()
        if (chosen & (gender == name)).any()
    }
    return result


def _bands(age: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Rows by age band; a row without an age is in none."""
    bands = {}
    for low, end in zip(BAND_STARTS, (*BAND_STARTS[1:], np.inf), strict=True):
        bands[f"{low}+" if end == np.inf else f"{low}-{int(end) - 1}"] = (age >= low) & (age < end)
    return bands


def _group(
    chosen: NDArray[np.bool_],
    error: NDArray[np.float64],
    covered: NDArray[np.bool_],
    right: NDArray[np.bool_],
    labelled: NDArray[np.bool_],
) -> dict[str, float | int]:
    """Figures of some rows: where the model is not to be trusted."""
    figures: dict[str, float | int] = {
        "n": int(chosen.sum()),
        "age_mae": float(np.abs(error)[chosen].mean()),
        "age_bias": float(error[chosen].mean()),
        "age_within_5": float((np.abs(error)[chosen] <= 5).mean()),
        "age_coverage90": float(covered[chosen].mean()),
    }
    if (chosen & labelled).any():
        figures["gender_accuracy"] = float(right[chosen & labelled].mean())
    return figures
