"""Every label set, and the one documented map from FER-7 to the eight EmoPOI states.

The map is a modelling decision, not a measurement. A face shows an expression; worry,
exhaustion, frustration and boredom are states that need time and context. What is used:

- Happy/Excited: both show as FER "happy" (a smile); they differ in arousal (Russell 1980,
  circumplex: excitement at high arousal and high valence).
- Surprise: aroused, but its valence is open and at first rather negative (Noordewier &
  Breugelmans 2013), so it is shared out between Excited, Worried and Neutral.
- Worried: fear at low intensity (worry and anxiety lie beside fear in the circumplex).
- Frustrated: anger and disgust, the expressions seen with frustration (D'Mello & Graesser
  2010: frustration goes with brow lowering and lip tightening, shared with anger).
- Exhausted: a low-arousal state beside sadness in the circumplex; a small share of sad.
- Bored: hardly shows in a face (Craig et al. 2008 found next to no distinct facial action),
  so no expression is taken for it. A neutral face is neutral and nothing else.

With this map Bored stays 0 and Exhausted never leads; both need evidence over time from a
head of their own. Each row sums to one, so a distribution stays a distribution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FER7 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven expressions of FER2013, in its order: what a reading's `fer7` is in."""
FERPLUS8 = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""The eight expressions of FER+, in its order."""
FER7_IN_FERPLUS8 = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""FER-7 in FER+'s words, which have contempt besides."""
AGES = 101
"""Whole years 0..100 of an age distribution; older counts as 100."""
EMOPOI8 = ("Happy", "Worried", "Sad", "Excited", "Exhausted", "Frustrated", "Bored", "Neutral")
"""The eight states of EmoPOI, in the order of every `emopoi8`."""

_ROWS: dict[str, dict[str, float]] = {
    "angry": {"Frustrated": 0.90, "Worried": 0.10},
    "disgust": {"Frustrated": 0.90, "Worried": 0.10},
    "fear": {"Worried": 0.90, "Excited": 0.10},
    "happy": {"Happy": 0.80, "Excited": 0.20},
    "sad": {"Sad": 0.75, "Exhausted": 0.15, "Worried": 0.10},
    "surprise": {"Excited": 0.50, "Worried": 0.30, "Neutral": 0.20},
    "neutral": {"Neutral": 1.00},
}

FER7_TO_EMOPOI8: NDArray[np.float64] = np.array(
    [[_ROWS[emotion].get(state, 0.0) for state in EMOPOI8] for emotion in FER7]
)
"""float64 (7, 8): each row the shares of the eight states that an expression stands for; rows sum to 1."""
FER7_TO_EMOPOI8.setflags(write=False)


def emopoi8_from_fer7(fer7: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn FER-7 probabilities into shares of the eight EmoPOI states.

    Args:
        fer7: float (..., 7), each row a distribution in the order of `FER7`.

    Returns:
        float64 (..., 8) in the order of `EMOPOI8`, each row summing to what `fer7` sums to.
    """
    return np.asarray(fer7, dtype=np.float64) @ FER7_TO_EMOPOI8
