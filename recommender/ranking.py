"""From candidates to an order: a sum of terms that can be read one by one.

    prominence   0 .. 0.25         how far the place is known, overall and within its group
    distance     0 .. 0.30         falls with distance, by half every 550 m or so
    opening      -0.40 .. 0.10     open, closed; where not known, what is usual for its type then
    emotion      -0.30 .. 0.30     `emotion_prior`, shrunk by the confidence of the profile
    feedback     -0.60 .. 0.60     what the person said about the place or its group
    diversity    <= 0              for every place of the same group (or type) already listed

The weights are set by hand and inspectable; learned ones can replace `AdditiveRanker` behind
`Ranker`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from emopoi.errors import InputError
from recommender.emotion_prior import EmotionWeight
from recommender.opening import OpenState
from recommender.place import OPEN_AIR_TYPES, Place

_A_VISIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place with what is known about it for this request.

    Attributes:
        place: the place.
        distance_m: straight line, metres.
        arrival: local time of getting there.
        open: state on arrival.
        emotion: what the expression adds, before its weight.
        place_opinion: 1 liked, -1 disliked, 0 nothing said.
        group_opinion: the same for the group.
    """

    place: Place
    distance_m: float
    arrival: datetime
    open: OpenState
    emotion: EmotionWeight
    place_opinion: int = 0
    group_opinion: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score; `score` is the sum of `terms`."""

    candidate: Candidate
    score: float
    terms: dict[str, float] = field(default_factory=dict)


class Ranker(Protocol):
    """Orders candidates."""

    def rank(self, candidates: Sequence[Candidate], top: int) -> list[Ranked]:
        """The best `top` candidates, best first."""


@dataclass(frozen=True, slots=True)
class AdditiveRanker:
    """The sum of terms in the head of this file.

    Attributes:
        prominence: weight of being known.
        distance: weight of being near.
        decay_m: distance at which the distance term has fallen to 1/e, metres.
        open: added where the place is open on arrival, and not about to close.
        closed: taken where it is closed. Where that is not known and no other place of the type
            tells, half of it is taken at night from an open-air place, three quarters from others.
        emotion: bound of the emotion term.
        place_opinion: size of a like or dislike of the place.
        group_opinion: size of a like or dislike of the group; above `emotion`, so that the
            person's word always outweighs the expression.
        same_group: taken per place of the same group already listed.
        same_type: taken per place of the same type already listed.
    """

    prominence: float = 0.25
    distance: float = 0.30
    decay_m: float = 800.0
    open: float = 0.10
    closed: float = 0.40
    emotion: float = 0.30
    place_opinion: float = 0.60
    group_opinion: float = 0.35
    same_group: float = 0.06
    same_type: float = 0.03

    def __post_init__(self) -> None:
        """Check the weights.

        Raises:
            InputError: a weight is negative, or the group opinion is below the emotion bound.
        """
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) < np.inf:
                raise InputError(f"weight {name}: a number >= 0 was expected, got {getattr(self, name)!r}")
        if self.decay_m == 0.0:
            raise InputError("decay_m: a distance above 0 m was expected")
        if min(self.group_opinion, self.place_opinion) < self.emotion:
            raise InputError("feedback weights below the emotion bound: the person's word would not count")

    def rank(self, candidates: Sequence[Candidate], top: int) -> list[Ranked]:
        """The best `top` candidates, best first; equal scores in the order of name and id."""
        remaining = [(self._terms(candidate), candidate) for candidate in candidates]
        standings = _standing_in_group(candidates)
        usual = self._usual_opening(candidates)
        scored = []
        for terms, candidate in remaining:
            place = candidate.place
            # Encyclopedias write about statues, not about cafes: half counts against one's own kind.
            terms["prominence"] = self.prominence * (place.prominence + standings[place.id]) / 2
            if candidate.open.state == "unknown":
                terms["opening"] = self._expected_opening(candidate, usual)
            scored.append((sum(terms.values()), terms, candidate))
        scored.sort(key=lambda item: (-item[0], item[2].place.name, item[2].place.id))
        return self._spread(scored, top)

    def _terms(self, candidate: Candidate) -> dict[str, float]:
        opinion = self.place_opinion * candidate.place_opinion or self.group_opinion * candidate.group_opinion
        return {
            "prominence": 0.0,
            "distance": self.distance * float(np.exp(-candidate.distance_m / self.decay_m)),
            "opening": self._opening(candidate),
            # Where the person has spoken, the expression is not asked.
            "emotion": 0.0 if opinion else self.emotion * candidate.emotion.value,
            "feedback": opinion,
        }

    def _opening(self, candidate: Candidate) -> float:
        if candidate.open.state == "closed":
            return -self.closed
        return self.open if candidate.open.state == "open" and not closes_soon(candidate) else 0.0

    def _usual_opening(self, candidates: Sequence[Candidate]) -> dict[str, float]:
        """Mean opening term of the places of each type whose hours are known."""
        known: dict[str, list[float]] = {}
        for candidate in candidates:
            if candidate.open.state != "unknown":
                value = self.open if candidate.open.state == "open" else -self.closed
                known.setdefault(candidate.place.type, []).append(value)
        # Clipped: the mean of equal numbers may lie a last digit beside them.
        return {
            kind: min(max(sum(values) / len(values), -self.closed), self.open)
            for kind, values in known.items()
        }

    def _expected_opening(self, candidate: Candidate, usual: dict[str, float]) -> float:
        """Opening term of a place without known hours; its state stays unknown all the same."""
        if candidate.place.type in OPEN_AIR_TYPES:
            return self.open if is_day(candidate.arrival) else -self.closed / 2
        return usual.get(candidate.place.type, 0.0 if is_day(candidate.arrival) else -self.closed * 3 / 4)

    def _spread(self, scored: list[tuple[float, dict[str, float], Candidate]], top: int) -> list[Ranked]:
        """Pick greedily, each place set back by those of its group and type picked before."""
        groups: Counter[str] = Counter()
        types: Counter[str] = Counter()
        picked: list[Ranked] = []
        remaining = list(scored)
        while remaining and len(picked) < top:
            setbacks = [
                self.same_group * groups[item[2].place.group] + self.same_type * types[item[2].place.type]
                for item in remaining
            ]
            best = max(range(len(remaining)), key=lambda index: remaining[index][0] - setbacks[index])
            score, terms, candidate = remaining.pop(best)
            terms = {**terms, "diversity": -setbacks[best]}
            # The very number that was compared: summed anew, the last digit could upset the order.
            picked.append(Ranked(candidate, score - setbacks[best], terms))
            groups[candidate.place.group] += 1
            types[candidate.place.type] += 1
        return picked


def closes_soon(candidate: Candidate) -> bool:
    """Open on arrival, but for less than half an hour."""
    until = candidate.open.until
    return candidate.open.state == "open" and until is not None and until - candidate.arrival < _A_VISIT


def is_day(moment: datetime) -> bool:
    """From 7 to 22 o'clock, when a walk in a park can be suggested without a second thought."""
    return 7 <= moment.hour < 22


def _standing_in_group(candidates: Sequence[Candidate]) -> dict[str, float]:
    """Share of the candidates of the same group that are less known, 0..1, ties counting half."""
    by_group: dict[str, list[float]] = {}
    for candidate in candidates:
        by_group.setdefault(candidate.place.group, []).append(candidate.place.prominence)
    standings = {}
    for candidate in candidates:
        others = np.asarray(by_group[candidate.place.group])
        value = candidate.place.prominence
        standings[candidate.place.id] = float(np.mean(others < value) + 0.5 * np.mean(others == value))
    return standings
