"""What the models say about one voice at one moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class VoiceReading:
    """How a voice sounded over the last seconds.

    Attributes:
        time_ms: end of the stretch that was heard, milliseconds from the start.
        window_s: length of that stretch, seconds.
        voice8: float32 (8,) distribution in the order of `voice_labels.VOICE8`.
        code: float32 (64,), what the face is moved by.
        confidence: 0..1, calibrated top probability, lowered where little of the stretch was voice.
    """

    time_ms: float
    window_s: float
    voice8: NDArray[np.float32]
    code: NDArray[np.float32]
    confidence: float
