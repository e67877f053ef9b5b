"""Real faces for int8's ranges and for the comparison with Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import inputs_of, read_columns
from emopoi.preprocess import CropLayout, InputSpec


def face_samples(path: Path, spec: InputSpec, layout: CropLayout, count: int) -> np.ndarray:
    """Evenly spaced pictures of a parquet file as inputs.

    Args:
        path: parquet with a column `image` of tight face crops.
        spec: the model's input.
        layout: of the pictures.
        count: how many.

    Returns:
        float32 (N, S, S, C), N at most `count`.

    Raises:
        InputError: `count` is below one, or nothing can be read.
    """
    if count < 1:
        raise InputError(f"count: at least 1 was expected, got {count}")
    images = read_columns(path, ["image"])["image"]
    chosen = [
        images[i] for i in np.unique(np.linspace(0, len(images) - 1, min(count, len(images))).astype(int))
    ]
    inputs = [face for face in inputs_of(chosen, spec, layout, None) if face is not None]
    if not inputs:
        raise InputError(f"{path}: not one picture could be read")
    return np.stack(inputs)
