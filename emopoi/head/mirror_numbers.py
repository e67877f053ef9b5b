"""Which point of a face lies where each point's mirror image does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError


def mirror_numbers(template: NDArray[np.floating]) -> NDArray[np.int64]:
    """Pair up points across the middle of a face.

    Args:
        template: float (L, 3) of a symmetric face, x across.

    Returns:
        int64 (L,), its own inverse.

    Raises:
        InputError: the face is too crooked to tell.
    """
    flipped = template * (-1, 1, 1)
    numbers = np.linalg.norm(template[:, None] - flipped[None], axis=2).argmin(axis=1)
    if not np.array_equal(numbers[numbers], np.arange(len(template))):
        raise InputError("a face whose points pair up across the middle was expected")
    return numbers
