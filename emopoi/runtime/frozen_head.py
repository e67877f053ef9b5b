"""The head that ships, or one of the user's own."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from emopoi.head.head_file import head_from_arrays
from emopoi.head.head_model import HeadModel
from emopoi.runtime.manifest import find_model

SHIPPED = "head"


def load_head(path: str | Path | None = None) -> HeadModel:
    """Load a head model.

    Args:
        path: FLAME's file or one in our format; None takes the one in `frozen_models`, hash checked.

    Raises:
        ModelFileError: missing, damaged, or no head.
    """
    if path is not None:
        return HeadModel.load(Path(path))
    manifest = find_model(SHIPPED)
    content = manifest.content()
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return head_from_arrays(arrays, manifest.name, str(manifest.folder))
