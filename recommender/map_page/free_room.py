"""Where on a picture there is still room: boxes that were taken, and the first candidate that is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, half_width: float, half_height: float) -> Box:
        """The box with its middle at (x, y)."""
        return cls(x - half_width, y - half_height, x + half_width, y + half_height)

    def overlaps(self, other: Box) -> bool:
        """Whether the two share an area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class FreeRoom:
    """A picture on which boxes are placed one after the other."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.taken: list[Box] = []

    def take(self, box: Box) -> None:
        """Take a box, free or not."""
        self.taken.append(box)

    def is_free(self, box: Box) -> bool:
        """Whether a box lies on the picture and touches nothing."""
        inside = box.left >= 0 and box.top >= 0 and box.right <= self.width and box.bottom <= self.height
        return inside and not any(box.overlaps(other) for other in self.taken)

    def take_first(self, candidates: Iterable[Box]) -> Box | None:
        """Take the first candidate that is free; None where none is."""
        for box in candidates:
            if self.is_free(box):
                self.take(box)
                return box
        return None


def beside(x: float, y: float, gap: float, width: float, height: float) -> Iterator[Box]:
    """Boxes for a text beside a point, the best place first: right, left, below, above, corners."""
    middle_x, middle_y = x - width / 2, y - height / 2
    corner = 0.75 * gap
    for left, top in (
        (x + gap, middle_y),
        (x - gap - width, middle_y),
        (middle_x, y + gap),
        (middle_x, y - gap - height),
        (x + corner, y + corner),
        (x + corner, y - corner - height),
        (x - corner - width, y + corner),
        (x - corner - width, y - corner - height),
    ):
        yield Box(left, top, left + width, top + height)
