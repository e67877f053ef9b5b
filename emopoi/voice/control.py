"""What a user asks the face to show, in place of what was heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.runtime.voice_face_reader import HIGHEST_INTENSITY, VoiceFaceReader
from emopoi.types.voice import VoiceReading
from emopoi.types.voice_labels import VOICE8

_PLAIN = [VOICE8.index("neutral"), VOICE8.index("calm")]


@dataclass(frozen=True, slots=True)
class VoiceControl:
    """Emotion and intensity of the face.

    Attributes:
        emotion: one of `VOICE8` that is shown throughout; None shows what is heard.
        intensity: how strongly, 0 (the neutral face) to 2; None takes 1 for a named emotion, and for what is
            heard the share of the reading that is neither neutral nor calm.

    Raises:
        InputError: the emotion is unknown (the known ones are listed) or the intensity out of range.
    """

    emotion: str | None = None
    intensity: float | None = None

    def __post_init__(self) -> None:
        if self.emotion is not None and self.emotion not in VOICE8:
            raise InputError(f"emotion {self.emotion!r} is unknown (known: {', '.join(VOICE8)})")
        if self.intensity is not None and not 0.0 <= self.intensity <= HIGHEST_INTENSITY:
            raise InputError(f"intensity: 0 to {HIGHEST_INTENSITY:g} was expected, got {self.intensity:g}")

    def shown(self, reader: VoiceFaceReader, heard: VoiceReading | None) -> tuple[NDArray[np.float32], float]:
        """Code and intensity at a moment.

        Args:
            reader: knows the codes of named emotions.
            heard: what the voice sounds like then; None where nothing was heard yet.
        """
        if self.emotion is not None:
            return reader.code_of(self.emotion), 1.0 if self.intensity is None else self.intensity
        if heard is None:
            return reader.code_of("neutral"), 0.0
        felt = 1.0 - float(heard.voice8[_PLAIN].sum())
        return heard.code, min(max(felt, 0.0), 1.0) if self.intensity is None else self.intensity
