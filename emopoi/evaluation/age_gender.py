"""Age and gender on labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.evaluation.emotion import predict
from emopoi.evaluation.faces_of_table import FindFaces, read_columns
from emopoi.evaluation.metrics import distribution_quantile
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import sigmoid, softmax

AGE_BANDS = ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 200))


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
        n, age_mae, age_within_5, age_range_accuracy, age_coverage90, gender_accuracy,
        by_group, missed.

    Raises:
        InputError: a column is missing, no label is there or nothing can be decoded.
    """
    columns = read_columns(path, ["image"], ["age", "gender", "age_min", "age_max"])
    outputs = predict(columns["image"], model, find_faces, layout_name="person_layout")
    seen = np.array([output is not None for output in outputs])
    if not seen.any():
        raise InputError(f"{path}: not one picture could be read")
    kept = [output for output in outputs if output is not None]
    temperature = float(model.manifest.data.get("age_temperature", 1.0))
    distribution = np.stack([softmax(output["age"], temperature) for output in kept])
    estimate = distribution @ np.arange(distribution.shape[1])
    female = np.array([sigmoid(output["female"][0]) for output in kept]) > 0.5
    age = _numbers(columns, "age", seen)
    gender = np.array(columns.get("gender") or [None] * len(seen), object)[seen]
    result: dict[str, Any] = {"n": len(seen), "missed": int((~seen).sum())}
    known = ~np.isnan(age)
    error = np.abs(estimate - age)
    if known.any():
        low, high = (distribution_quantile(distribution, share) for share in (0.05, 0.95))
        result["age_mae"] = float(error[known].mean())
        result["age_within_5"] = float((error[known] <= 5).mean())
        result["age_coverage90"] = float(((low <= age + 0.5) & (age - 0.5 <= high))[known].mean())
    ranged = ~known & ~np.isnan(_numbers(columns, "age_min", seen))
    if ranged.any():
        lowest = _numbers(columns, "age_min", seen)[ranged]
        highest = _numbers(columns, "age_max", seen)[ranged]
        years = np.rint(estimate[ranged])
        inside = (years >= lowest) & (np.isnan(highest) | (years <= highest))
        result["age_range_accuracy"] = float(inside.mean())
    labelled = (gender == "female") | (gender == "male")
    right = female == (gender == "female")
    if labelled.any():
        result["gender_accuracy"] = float(right[labelled].mean())
    if not (known.any() or ranged.any() or labelled.any()):
        raise InputError(f"{path}: neither age nor gender is labelled")
    result["by_group"] = _by_group(age, gender, error, right)
    return result


def _numbers(columns: dict[str, list[Any]], name: str, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    values = columns.get(name) or [None] * len(seen)
    return np.array([np.nan if value is None else float(value) for value in values])[seen]


def _by_group(
    age: NDArray[np.float64], gender: NDArray[Any], error: NDArray[np.float64], right: NDArray[np.bool_]
) -> dict[str, dict[str, float | int]]:
    """Errors by age band and labelled gender: where the model is not to be trusted."""
    groups: dict[str, dict[str, float | int]] = {}
    for name in ("female", "male"):
        for low, high in AGE_BANDS:
            chosen = (gender == name) & (age >= low) & (age <= high)
            if chosen.any():
                band = f"{low}-{high}" if high < 200 else f"{low}+"
                groups[f"{name} {band}"] = {
                    "n": int(chosen.sum()),
                    "age_mae": float(error[chosen].mean()),
                    "gender_accuracy": float(right[chosen].mean()),
                }
    return groups
