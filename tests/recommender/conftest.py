"""Profiles, places and moments that the tests of places share."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from emopoi.types import EMOPOI8, AgeRange, EmotionProfile, PersonProfile
from recommender.catalogue import JsonCatalogue, read_json_catalogue
from recommender.ranking.place_ranking import PlaceRanking

MakeProfile = Callable[..., EmotionProfile]


def make_profile(
    state: str = "Sad",
    *,
    share: float = 0.7,
    valence: float = -0.5,
    arousal: float = -0.2,
    confidence: float = 0.9,
    abstained: bool = False,
    age: AgeRange | None = None,
    female: float | None = None,
) -> EmotionProfile:
    shares = dict.fromkeys(EMOPOI8, 0.0)
    shares[state] += share
    shares["Neutral"] += 1.0 - share
    person = PersonProfile(
        id=1,
        observed_s=8.0,
        fer7={"neutral": 1.0},
        emopoi8=shares,
        valence=valence,
        arousal=arousal,
        variability=0.1,
        confidence=confidence,
        abstained=abstained,
        age=age,
        female=female,
    )
    return EmotionProfile("clip.mp4", (person,))


@pytest.fixture(scope="session")
def profile_of() -> MakeProfile:
    return make_profile


@pytest.fixture(scope="session")
def helsinki() -> JsonCatalogue:
    return read_json_catalogue()


@pytest.fixture(scope="session")
def shipped() -> PlaceRanking:
    return PlaceRanking()


@pytest.fixture(scope="session")
def wednesday() -> datetime:
    return datetime(2024, 6, 5, 15, 0)


@pytest.fixture
def write_table(tmp_path: Path) -> Callable[..., Path]:
    """Writes columns as a parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    def write(name: str, **columns: object) -> Path:
        file = tmp_path / name
        parquet.write_table(pa.table(columns), file)
        return file

    return write
