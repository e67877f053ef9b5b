"""A reading with everything filled in, for the tests of this room."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from emopoi.types import FER7, EmotionReading


@pytest.fixture(scope="session")
def make_reading() -> Callable[..., EmotionReading]:
    def make(
        shares: str | Sequence[float], time_ms: float = 0.0, person: int = 1, confidence: float = 0.9
    ) -> EmotionReading:
        if isinstance(shares, str):
            shares = [1.0 if label == shares else 0.0 for label in FER7]
        return EmotionReading(
            person=person,
            time_ms=time_ms,
            box=(10.0, 20.0, 110.0, 120.0),
            fer7=np.asarray(shares, dtype=np.float32),
            ferplus8=np.full(8, 0.125, dtype=np.float32),
            confidence=confidence,
        )

    return make
