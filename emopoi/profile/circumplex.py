"""Valence and arousal of an expression: expected place on the circumplex.

The coordinates are the mean pleasure and arousal ratings of emotion words in Russell, J. A. &
Mehrabian, A. (1977), "Evidence for a three-factor theory of emotions", Journal of Research in
Personality 11, 273-294 (entries Angry, Disgusted, Fearful, Happy, Sad, Surprised; dominance is
left out). The figures were checked against listings that quote the paper's table with its entry
numbers, not against the printed page.

Two things to know. The ratings are of words for feelings, given by students; that an expression
stands where its word stands is an assumption. Neutral is not an entry of that table: it is the
origin here, by definition. As the means are not extreme, valence stays within -0.64 .. 0.81 and
arousal within -0.27 .. 0.67: 0.8 is as pleasant as a reading can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import FER7

COORDINATES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "angry": (-0.51, 0.59),
        "disgust": (-0.60, 0.35),
        "fear": (-0.64, 0.60),
        "happy": (0.81, 0.51),
        "sad": (-0.63, -0.27),
        "surprise": (0.40, 0.67),
        "neutral": (0.0, 0.0),
    }
)
"""(valence, arousal) of each FER-7 label, -1..1."""

_MATRIX: NDArray[np.float64] = np.array([COORDINATES[label] for label in FER7])
_MATRIX.setflags(write=False)


def valence_arousal(fer7: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected valence and arousal of FER-7 distributions.

    Args:
        fer7: float (..., 7), each row a distribution in the order of `FER7`.

    Returns:
        (valence, arousal), each float64 (...,) within -1..1; NaN rows stay NaN.

    Raises:
        InputError: the last axis is not 7 long.
    """
    shares = np.asarray(fer7, dtype=np.float64)
    if shares.ndim == 0 or shares.shape[-1] != len(FER7):
        raise InputError(f"fer7: shape (..., {len(FER7)}) was expected, got {shares.shape}")
    places = np.clip(shares @ _MATRIX, -1.0, 1.0)
    return places[..., 0], places[..., 1]
