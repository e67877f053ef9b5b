import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.catalogue.bounding_box import boxes_around
from recommender.distance import EARTH_RADIUS_M, haversine_m

positions = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def destination(position: tuple[float, float], bearing: float, distance_m: float) -> tuple[float, float]:
    """Where one comes to from a position along a great circle."""
    lat, lon = map(math.radians, position)
    angle = distance_m / EARTH_RADIUS_M
    sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
    there = math.asin(max(-1.0, min(1.0, sine)))
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * sine
    )
    return math.degrees(there), (math.degrees(lon + turn) + 540.0) % 360.0 - 180.0


@given(positions, st.floats(0, 2 * math.pi), st.floats(0, 20_000_000), st.floats(0, 1))
@example((0.0, 179.999), math.pi / 2, 1000.0, 1.0)
@example((89.99, 10.0), 0.0, 5000.0, 1.0)
@example((-90.0, 0.0), 1.0, 3000.0, 0.5)
def test_all_within_lies_in_a_box(position, bearing: float, within_m: float, share: float) -> None:
    lat, lon = destination(position, bearing, within_m * share)
    if haversine_m(position, [lat], [lon])[0] > within_m:
        return  # rounding has put it outside
    boxes = boxes_around(position, within_m)
    assert any(box.south <= lat <= box.north and box.west <= lon <= box.east for box in boxes)


@given(positions, st.floats(0, 30_000_000))
def test_boxes_are_proper(position, within_m: float) -> None:
    boxes = boxes_around(position, within_m)
    assert 1 <= len(boxes) <= 2
    for box in boxes:
        assert -180.0 <= box.west <= box.east <= 180.0
        assert box.south <= box.north


def test_small_circles_have_small_boxes() -> None:
    (box,) = boxes_around((60.0, 25.0), 3000.0)
    assert box.north - box.south < 0.06
    assert box.east - box.west < 0.12
    west, east = boxes_around((-17.0, 179.99), 3000.0)
    assert np.isclose(west.east, 180.0)
    assert np.isclose(east.west, -180.0)
    assert east.east < -179.9
