"""What is asked: who, where, when, and which places are out of the question."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emopoi.errors import InputError
from emopoi.types import PersonProfile
from recommender.emotion_prior import MODES, Mode
from recommender.feedback.opinions import Opinions
from recommender.ranking.person_prior import USES, Use
from recommender.taxonomy import GROUPS, TYPES


@dataclass(frozen=True)
class Request:
    """One question for places.

    Attributes:
        at: (latitude, longitude), degrees.
        when: local time of setting out, with zone.
        person: whose expression, age and gender are taken, or None.
        mode: "lift", "match" or "off".
        opinions: what the person said about places before, or None.
        top: how many places at most.
        within_m: leave out what is further, metres; None for no limit of the person's own.
        open_only: leave out what is closed on arrival.
        new_only: leave out where the person has been.
        kinds: types and groups to choose from; empty for all.
        max_price: 1..4; places of unknown price stay in. None for no limit.
        wheelchair: keep places that are known to be accessible, at least limited, alone.
        use: switched on: "age", "gender".

    Raises:
        InputError: a value is out of range.
    """

    at: tuple[float, float]
    when: datetime
    person: PersonProfile | None = None
    mode: Mode = "lift"
    opinions: Opinions | None = None
    top: int = 10
    within_m: float | None = None
    open_only: bool = False
    new_only: bool = False
    kinds: tuple[str, ...] = ()
    max_price: int | None = None
    wheelchair: bool = False
    use: frozenset[Use] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        """Check the values."""
        if self.mode not in MODES:
            raise InputError(f"a mode of {', '.join(MODES)} was expected, got {self.mode!r}")
        if not _is_whole(self.top) or self.top < 1:
            raise InputError(f"top: a whole number from 1 on was expected, got {self.top!r}")
        if self.within_m is not None and not 0.0 < self.within_m < math.inf:
            raise InputError(f"max_distance_m: metres above 0 were expected, got {self.within_m!r}")
        if self.max_price is not None and (not _is_whole(self.max_price) or not 1 <= self.max_price <= 4):
            raise InputError(f"max_price: 1 to 4 was expected, got {self.max_price!r}")
        unknown = [kind for kind in self.kinds if kind not in TYPES and kind not in GROUPS]
        if unknown:
            raise InputError(f"no type or group of places is called {unknown[0]!r}")
        surplus = set(self.use) - set(USES)
        if surplus:
            raise InputError(f"use: {' and '.join(USES)} can be switched on, got {sorted(surplus)[0]!r}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
