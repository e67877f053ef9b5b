"""Boxes of latitude and longitude around a position: what an index can look for."""

from __future__ import annotations

import math
from typing import NamedTuple

from recommender.distance import EARTH_RADIUS_M


class Box(NamedTuple):
    """South, north, west and east borders, degrees; west <= east."""

    south: float
    north: float
    west: float
    east: float


_MARGIN_DEGREES = 1e-7
"""About a centimetre, so that rounding loses no place on the border."""


def boxes_around(position: tuple[float, float], within_m: float) -> list[Box]:
    """Boxes that together hold all that lies within a distance.

    Args:
        position: (latitude, longitude), degrees.
        within_m: metres, >= 0.

    Returns:
        One box; two where the circle crosses the 180th meridian; all longitudes where it reaches a
        pole.
    """
    lat, lon = position
    angle = within_m / EARTH_RADIUS_M
    reach = math.degrees(angle) + _MARGIN_DEGREES
    south, north = lat - reach, lat + reach
    if south <= -90.0 or north >= 90.0 or angle >= math.pi / 2:
        return [Box(max(south, -90.0), min(north, 90.0), -180.0, 180.0)]
    # The widest point of the circle lies a little poleward of its centre.
    ratio = min(1.0, math.sin(angle) / math.cos(math.radians(lat)))
    width = math.degrees(math.asin(ratio)) + _MARGIN_DEGREES / math.cos(math.radians(lat))
    if width >= 180.0:
        return [Box(south, north, -180.0, 180.0)]
    west, east = lon - width, lon + width
    if west < -180.0:
        return [Box(south, north, -180.0, east), Box(south, north, west + 360.0, 180.0)]
    if east > 180.0:
        return [Box(south, north, west, 180.0), Box(south, north, -180.0, east - 360.0)]
    return [Box(south, north, west, east)]
