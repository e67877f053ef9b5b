"""How far something is believed that a model does not explain."""

from __future__ import annotations

import numpy as np


def trust(left: np.ndarray, weights: np.ndarray, axis: int | None) -> np.ndarray:
    """Cauchy's weights of what is left over, against its middle size along an axis.

    Args:
        left: float (N, S), sizes of what is not explained.
        weights: float (N, S), only what is above 0 is known.
        axis: of the middle size; None takes one for all.

    Returns:
        float of the same shape, 0..1.
    """
    known = np.where(weights > 0, left, np.nan)
    with np.errstate(invalid="ignore"):
        usual = np.nanmedian(known, axis=axis, keepdims=True)
    return 1.0 / (1.0 + (left / (3.0 * np.nan_to_num(usual) + 1e-4)) ** 2)
