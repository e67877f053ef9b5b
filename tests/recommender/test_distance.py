import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.distance import EARTH_RADIUS_M, centre, checked_position, haversine_m

POSITION = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def between(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(haversine_m(a, [b[0]], [b[1]])[0])


@given(POSITION, POSITION)
def test_symmetric_and_bounded(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert between(a, b) == pytest.approx(between(b, a), abs=0.5)
    assert 0.0 <= between(a, b) <= math.pi * EARTH_RADIUS_M + 1.0
    assert between(a, a) == pytest.approx(0.0, abs=0.01)


@given(POSITION, POSITION, POSITION)
def test_triangle(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    assert between(a, c) <= between(a, b) + between(b, c) + 1.0


def test_known_distances() -> None:
    # One degree of latitude on the mean sphere, and Helsinki to Tallinn (82 km by common tables).
    assert between((0.0, 0.0), (1.0, 0.0)) == pytest.approx(111_195, abs=5)
    assert between((60.1699, 24.9384), (59.4370, 24.7536)) == pytest.approx(82_200, abs=500)


def test_centre_across_the_date_line() -> None:
    lat, lon = centre(np.array([10.0, 10.0]), np.array([179.0, -179.0]))
    assert lat == pytest.approx(10.0, abs=0.01)
    assert abs(lon) == pytest.approx(180.0)


@pytest.mark.parametrize(
    "position",
    [(91.0, 0.0), (-90.1, 0.0), (0.0, 181.0), (math.nan, 0.0), (0.0, math.inf), (1.0,), "ab", None],
)
def test_bad_positions(position: object) -> None:
    with pytest.raises(InputError):
        checked_position(position)  # type: ignore[arg-type]
