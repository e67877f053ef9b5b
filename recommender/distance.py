"""Distances on the sphere."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emopoi.errors import InputError

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG), metres."""


def checked_position(position: Sequence[float]) -> tuple[float, float]:
    """A position as (latitude, longitude), degrees.

    Raises:
        InputError: not two finite numbers, latitude outside -90..90 or longitude outside -180..180.
    """
    try:
        lat, lon = (float(value) for value in position)
    except (TypeError, ValueError) as error:
        raise InputError(f"a position of latitude and longitude was expected, got {position!r}") from error
    if not -90.0 <= lat <= 90.0:
        raise InputError(f"a latitude from -90 to 90 degrees was expected, got {lat:g}")
    if not -180.0 <= lon <= 180.0:
        raise InputError(f"a longitude from -180 to 180 degrees was expected, got {lon:g}")
    return lat, lon


def haversine_m(origin: tuple[float, float], lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Great-circle distance by the haversine formula (straight line over ground, not by street).

    Args:
        origin: (latitude, longitude), degrees.
        lat: float (N,) latitudes, degrees.
        lon: float (N,) longitudes, degrees.

    Returns:
        float64 (N,) metres, 0 .. half the circumference.
    """
    lat_0, lon_0 = math.radians(origin[0]), math.radians(origin[1])
    lat_1 = np.radians(np.asarray(lat, dtype=np.float64))
    lon_1 = np.radians(np.asarray(lon, dtype=np.float64))
    half = (
        np.sin((lat_1 - lat_0) / 2) ** 2 + math.cos(lat_0) * np.cos(lat_1) * np.sin((lon_1 - lon_0) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))


def centre(lat: ArrayLike, lon: ArrayLike) -> tuple[float, float]:
    """Middle of positions: the mean direction, so that it holds across the 180th meridian too.

    Args:
        lat: float (N,) latitudes, degrees, N >= 1.
        lon: float (N,) longitudes, degrees.

    Returns:
        (latitude, longitude), degrees.
    """
    phi, lam = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float))
    x, y, z = (np.cos(phi) * np.cos(lam)).mean(), (np.cos(phi) * np.sin(lam)).mean(), np.sin(phi).mean()
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))
