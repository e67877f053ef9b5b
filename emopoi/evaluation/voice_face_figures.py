"""How near a voice-driven face comes to a real one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def motion_figures(
    told: NDArray[np.floating],
    target: NDArray[np.floating],
    jaw: int,
    mean: NDArray[np.floating] | None = None,
) -> dict[str, Any]:
    """Figures of one clip.

    Args:
        told: float (F, C), coefficients by the network.
        target: float (F, C), those of the face.
        jaw: column of the jaw's opening.
        mean: float (C,), a face that stands still, to compare with; by default the clip's own mean, which is
            the best that a still face can be in the square and knows the answer already.

    Returns:
        n (frames), jaw_correlation, mae, mae_of_mean_face, and how far the first lies below the second.
    """
    still = target.mean(axis=0) if mean is None else np.asarray(mean)
    mae = float(np.abs(told - target).mean())
    mae_still = float(np.abs(still - target).mean())
    return {
        "n": len(target),
        "jaw_correlation": round(correlation(told[:, jaw], target[:, jaw]), 4),
        "mae": round(mae, 5),
        "mae_of_mean_face": round(mae_still, 5),
        "mae_below_mean_face": round(1.0 - mae / mae_still, 4) if mae_still else 0.0,
    }


def correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Pearson's, 0 where one of them stands still."""
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / size) if size > 0 else 0.0
