"""The labels of a voice, which of them each collection of voices has, and what they are among the face's.

A collection's own labels are an answer's choice where its clips are scored: nobody was asked to sound calm in
a collection that has no calm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types.labels import FER7

VOICE8 = ("angry", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""What a voice can be named, in the order of the network's output: RAVDESS' eight (Livingstone 2018)."""

SOURCE_LABELS: Mapping[str, tuple[str, ...]] = {
    "ravdess": VOICE8,
    "nemo": ("angry", "fear", "happy", "neutral", "sad", "surprise"),
}
"""Labels of the collections that the shipped network was trained on."""

# Calm is acted as neutral at ease: the face's seven have one name for both.
_SAME = {"calm": "neutral"}

VOICE8_TO_FER7: NDArray[np.float64] = np.array(
    [[float(_SAME.get(voice, voice) == face) for face in FER7] for voice in VOICE8]
)
VOICE8_TO_FER7.setflags(write=False)


def label_mask(labels: Sequence[str]) -> NDArray[np.bool_]:
    """Which of `VOICE8` are among some labels: bool (8,).

    Raises:
        InputError: none of them is.
    """
    mask = np.array([label in labels for label in VOICE8])
    if not mask.any():
        raise InputError(f"labels among {', '.join(VOICE8)} were expected, got {', '.join(labels) or 'none'}")
    return mask


def fer7_from_voice8(voice8: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn shares of the voice's labels into shares of the face's: float (..., 8) to float64 (..., 7)."""
    return np.asarray(voice8, np.float64) @ VOICE8_TO_FER7
