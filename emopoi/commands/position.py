"""Reads a position off the command line."""

from __future__ import annotations

from emopoi.errors import InputError


def read_position(text: str) -> tuple[float, float]:
    """LAT,LON in degrees as two numbers.

    Raises:
        InputError: not two numbers, or not on the globe.
    """
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--at: LAT,LON in degrees was expected (60.17,24.94), got {text!r}") from error
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise InputError(f"--at: latitude -90..90 and longitude -180..180 were expected, got {lat:g},{lon:g}")
    return lat, lon
