"""Age and gender on labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.evaluation.emotion import predict
from emopoi.evaluation.faces_of_table import FindFaces, number_column, read_columns
from emopoi.evaluation.metrics import distribution_median, distribution_quantile
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import sigmoid, softmax

BAND_STARTS = (0, 3, 10, 20, 30, 40, 50, 60, 70)
"""Years at which an age band begins; it ends below the next, so 2.5 lies in the first."""


def evaluate_age_gender(
    path: Path, model: FrozenModel, *, find_faces: FindFaces | None = None
) -> dict[str, Any]:
    """Score a model, single crop.

    Args:
        path: parquet with `image`; `age`, `gender`, `age_min` and `age_max` where known.
        model: task "age_gender" or "multi_head".
        find_faces: detect and crop first; faces not found are counted in `missed` and left
            out of the errors.

    Returns:
        n, age_mae, age_mae_of_mean, age_within_5, age_range_accuracy, age_coverage90,
        gender_accuracy, by_group, missed. The age is the distribution's median, as a profile
        tells it; age_mae_of_mean scores its mean. Labels above the last year of the
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
    outputs = predict(columns["image"], model, find_faces, layout_name="person_layout")
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
    error = np.abs(estimate - age)
    if known.any():
        low, high = (distribution_quantile(distribution, share) for share in (0.05, 0.95))
        result["age_mae"] = float(error[known].mean())
        result["age_mae_of_mean"] = float(np.abs(mean - age)[known].mean())
        result["age_within_5"] = float((error[known] <= 5).mean())
        result["age_coverage90"] = float(((low <= age + 0.5) & (age - 0.5 <= high))[known].mean())
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
    result["by_group"] = _by_group(age, gender, error, right)
    return result


def _by_group(
    age: NDArray[np.float64], gender: NDArray[Any], error: NDArray[np.float64], right: NDArray[np.bool_]
) -> dict[str, dict[str, float | int]]:
    """Errors by age band and labelled gender: where the model is not to be trusted."""
    groups: dict[str, dict[str, float | int]] = {}
    for name in ("female", "male"):
        for low, end in zip(BAND_STARTS, (*BAND_STARTS[1:], np.inf), strict=True):
            chosen = (gender == name) & (age >= low) & (age < end)
            if chosen.any():
                band = f"{low}+" if end == np.inf else f"{low}-{int(end) - 1}"
                groups[f"{name} {band}"] = {
                    "n": int(chosen.sum()),
                    "age_mae": float(error[chosen].mean()),
                    "gender_accuracy": float(right[chosen].mean()),
                }
    return groups
