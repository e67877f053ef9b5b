"""Readings and profiles for the tests of this room."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from emopoi.types import EMOPOI8, FER7, AgeRange, EmotionReading, HeadPose, PersonProfile, emopoi8_from_fer7


def _shares(shares: str | Sequence[float]) -> np.ndarray:
    if isinstance(shares, str):
        shares = [0.76 if label == shares else 0.04 for label in FER7]
    return np.asarray(shares, dtype=np.float32)


@pytest.fixture(scope="session")
def make_reading() -> Callable[..., EmotionReading]:
    def make(
        shares: str | Sequence[float] = "happy",
        time_ms: float = 0.0,
        person: int = 1,
        confidence: float = 0.9,
        pose: HeadPose | None = None,
    ) -> EmotionReading:
        return EmotionReading(
            person=person,
            time_ms=time_ms,
            box=(10.25, -20.0, 110.0, 120.0),
            fer7=_shares(shares),
            ferplus8=np.full(8, 0.125, dtype=np.float32),
            confidence=confidence,
            pose=pose,
        )

    return make


@pytest.fixture(scope="session")
def make_person() -> Callable[..., PersonProfile]:
    def make(shares: str | Sequence[float] = "happy", **changes: object) -> PersonProfile:
        fer7 = _shares(shares).astype(float)
        fields: dict = {
            "id": 1,
            "observed_s": 7.2,
            "fer7": dict(zip(FER7, fer7.tolist(), strict=True)),
            "emopoi8": dict(zip(EMOPOI8, emopoi8_from_fer7(fer7).tolist(), strict=True)),
            "valence": 0.42,
            "arousal": 0.18,
            "variability": 0.12,
            "confidence": 0.83,
            "abstained": False,
            "age": AgeRange(median=34, low90=24, high90=45),
            "female": 0.71,
        }
        return PersonProfile(**{**fields, **changes})

    return make
