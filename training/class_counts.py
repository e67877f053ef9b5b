"""Whether the rows of a file can teach the classes of a network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emopoi.errors import InputError


def check_classes(path: Path, labels: np.ndarray, names: Sequence[str]) -> None:
    """Refuse rows of one class alone, and say which classes have no rows.

    From one class a network learns to say it always, with the best of figures: refused. Without
    rows of some class it learns the others, which a user may want: a warning.

    Args:
        path: of the file, for messages.
        labels: int (N,) places in `names`.
        names: of all classes.

    Raises:
        InputError: no rows, or all of one class.
    """
    counts = np.bincount(labels, minlength=len(names))
    present = np.flatnonzero(counts)
    if len(present) == 0:
        raise InputError(f"{path}: rows to learn from were expected, none is left")
    if len(present) == 1:
        raise InputError(
            f"{path}: at least two of {', '.join(names)} were expected, "
            f"all {len(labels)} rows are {names[present[0]]}"
        )
    absent = [name for name, count in zip(names, counts, strict=True) if count == 0]
    if absent:
        print(
            f"{path}: warning: no rows of {', '.join(absent)}: the network can not learn "
            f"{'it' if len(absent) == 1 else 'them'}",
            file=sys.stderr,
            flush=True,
        )
