"""What is believed before the person has said anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of all people, and how firmly it is held.

    Attributes:
        mean: probability that somebody likes a place nothing else is known about, 0..1 exclusive.
        of_group: the same for groups that something is known about.
        of_type: the same for types.
        group_strength: how many opinions the prior of a group weighs.
        type_strength: how many opinions the prior of a type, which is the belief about its group, weighs.
    """

    mean: float = 0.5
    of_group: Mapping[str, float] = field(default_factory=dict)
    of_type: Mapping[str, float] = field(default_factory=dict)
    group_strength: float = 4.0
    type_strength: float = 4.0

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a probability lies outside 0..1, or a strength is not above 0.
        """
        for name, probability in self._probabilities():
            if not 0.0 < probability < 1.0:
                raise InputError(
                    f"prior of {name}: a probability between 0 and 1 was expected, got {probability!r}"
                )
        for name in ("group_strength", "type_strength"):
            if not 0.0 < getattr(self, name) < float("inf"):
                raise InputError(f"{name}: a number above 0 was expected, got {getattr(self, name)!r}")

    def centre_of_group(self, group: str) -> float:
        """Where the belief about a group starts, 0..1 exclusive."""
        return self.of_group.get(group, self.mean)

    def shift_of_type(self, type: str, group: str) -> float:
        """How much more a type is liked by all than its group is, -1..1."""
        return self.of_type[type] - self.centre_of_group(group) if type in self.of_type else 0.0

    def _probabilities(self) -> Iterator[tuple[str, float]]:
        yield "everything", self.mean
        yield from self.of_group.items()
        yield from self.of_type.items()
