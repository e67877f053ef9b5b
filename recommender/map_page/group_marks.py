"""Colour and shape of each group's pins.

The colours are those of Okabe & Ito (2008), "Color Universal Design", distinct with the common kinds
of colour blindness. There are fewer of them than groups, so three come twice, as a circle and
as a square. No mark stands alone: pins are numbered, and the list names the group's kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

_ORANGE, _SKY, _GREEN, _YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
_BLUE, _VERMILLION, _PURPLE, _GREY = "#0072B2", "#D55E00", "#CC79A7", "#B3B3B3"


@dataclass(frozen=True, slots=True)
class Mark:
    """How a group's pins look.

    Attributes:
        colour: `#RRGGBB`.
        shape: of the pin.
        ink: colour of the number on it, readable on `colour` (contrast 4.5 at least, WCAG 2.2).
    """

    colour: str
    shape: Literal["circle", "square"] = "circle"
    ink: Literal["#000000", "#FFFFFF"] = "#000000"


GROUP_MARKS: Mapping[str, Mark] = MappingProxyType(
    {
        "park": Mark(_GREEN),
        "landscape": Mark(_SKY),
        "museum": Mark(_BLUE, ink="#FFFFFF"),
        "heritage": Mark(_ORANGE, "square"),
        "restaurant": Mark(_VERMILLION),
        "cafe": Mark(_ORANGE),
        "music": Mark(_PURPLE, "square"),
        "nightlife": Mark(_PURPLE),
        "mall": Mark(_YELLOW),
        "shopping": Mark(_YELLOW, "square"),
        "fitness": Mark(_VERMILLION, "square"),
    }
)

OTHER = Mark(_GREY)
"""A group that is usually not suggested."""


def mark_of(group: str) -> Mark:
    """Mark of a group, key of `recommender.taxonomy.GROUPS`."""
    return GROUP_MARKS.get(group, OTHER)


def mark_svg(mark: Mark, x: float, y: float, radius: float) -> str:
    """The shape around (x, y), as SVG."""
    if mark.shape == "circle":
        return f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{mark.colour}"/>'
    side = 1.8 * radius
    return (
        f'<rect class="mark" x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" '
        f'height="{side:.1f}" rx="2.5" fill="{mark.colour}"/>'
    )


def number_svg(mark: Mark, x: float, y: float, number: int) -> str:
    """The number on a shape around (x, y), as SVG."""
    kind = "number" if mark.ink == "#000000" else "number on-dark"
    return f'<text class="{kind}" x="{x:.1f}" y="{y + 4.2:.1f}" text-anchor="middle">{number}</text>'
