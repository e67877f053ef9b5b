"""From the globe to a flat map around one point.

Azimuthal equidistant projection (Snyder 1987, "Map Projections: A Working Manual", p. 191): distance
and direction from the middle are true, so rings of equal distance are circles, also at the poles and
across the 180th meridian. For a town it is the same as any other local projection.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.distance import haversine_m

_COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def on_plane(at: tuple[float, float], lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Positions relative to `at`.

    Args:
        at: (latitude, longitude) of the middle, degrees.
        lat: float (N,) latitudes, degrees.
        lon: float (N,) longitudes, degrees.

    Returns:
        float64 (N, 2), metres east and north of `at`.
    """
    lat_0 = math.radians(at[0])
    lat_1 = np.radians(np.asarray(lat, np.float64))
    east = np.radians(np.asarray(lon, np.float64) - at[1])
    bearing = np.arctan2(
        np.sin(east) * np.cos(lat_1),
        math.cos(lat_0) * np.sin(lat_1) - math.sin(lat_0) * np.cos(lat_1) * np.cos(east),
    )
    distance_m = haversine_m(at, lat, lon)
    return np.stack([distance_m * np.sin(bearing), distance_m * np.cos(bearing)], axis=-1)


def direction_words(east_m: float, north_m: float) -> str:
    """One of eight directions, "north-east"."""
    turns = math.atan2(east_m, north_m) / (2.0 * math.pi)
    return _COMPASS[round(turns * 8.0) % 8]


def round_length(limit_m: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 ... that is at most `limit_m` (> 0), metres."""
    power = 10.0 ** math.floor(math.log10(limit_m))
    step = max(step for step in (0.5, 1.0, 2.0, 5.0) if step * power <= limit_m)
    return step * power


def length_words(metres: float) -> str:
    """A distance as on a map: 250 m, 1.5 km, 12,000 km."""
    if metres < 1.0:
        return f"{metres:g} m"
    if metres < 995.0:
        return f"{metres:.0f} m"
    kilometres = metres / 1000.0
    return f"{kilometres:,.0f} km" if kilometres >= 10.0 else f"{kilometres:.1f}".removesuffix(".0") + " km"
