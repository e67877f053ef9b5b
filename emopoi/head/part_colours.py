"""Colours of a head's parts where no picture shows them."""

from __future__ import annotations

from types import MappingProxyType

PART_COLOURS = MappingProxyType(
    {
        "skin": (200, 160, 140),
        "eyes": (224, 218, 214),
        "teeth": (238, 230, 214),
        "mouth": (112, 52, 50),
        "iris": (98, 74, 56),
    }
)
"""uint8 sRGB by the names of `PARTS`."""
