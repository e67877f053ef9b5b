"""One colour per emotion and state, the same in pictures, pages and videos.

From Okabe & Ito (2008), "Color Universal Design": distinct with the common kinds of colour
blindness. Neutral and its like are grey.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ORANGE, _SKY, _GREEN, _YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
_BLUE, _VERMILLION, _PURPLE, _GREY = "#0072B2", "#D55E00", "#CC79A7", "#B3B3B3"

FER7_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "angry": _VERMILLION,
        "disgust": _GREEN,
        "fear": _PURPLE,
        "happy": _YELLOW,
        "sad": _BLUE,
        "surprise": _ORANGE,
        "neutral": _GREY,
    }
)
"""Colour of each FER-7 label, `#RRGGBB`."""

EMOPOI8_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "Happy": _YELLOW,
        "Worried": _PURPLE,
        "Sad": _BLUE,
        "Excited": _ORANGE,
        "Exhausted": _SKY,
        "Frustrated": _VERMILLION,
        "Bored": _GREEN,
        "Neutral": _GREY,
    }
)
"""Colour of each EmoPOI state, `#RRGGBB`."""

STACKING = ("happy", "surprise", "neutral", "sad", "fear", "disgust", "angry")
"""FER-7 labels from the bottom of a stacked area to its top: pleasant to unpleasant."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Turn `#RRGGBB` into (red, green, blue), 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
