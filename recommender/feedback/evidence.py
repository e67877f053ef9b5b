"""What a person's words about places say about kinds of places: the weights, in one table.

    like                 1 success      counts once a place, the last word holds, fades
    dislike              1 failure      the same
    hide                 0.5 failure    "not this one" is a weaker word about its kind; fades
    been there again     0.4 success    each time after the first, at most 2 a place; fades as a whole from
                                        the last visit on
    been there once      nothing        going once is no opinion
    unhide, forget       nothing        they take back what was said

Who comes back likes the place (revisits are the implicit rating of Hu, Koren and Volinsky 2008, ICDM),
but a daily canteen must not drown everything else, hence the cap. The sizes are choices of this project.
What was said fades by half every `half_life_days`: tastes drift (Koren 2010, Communications of the ACM 53).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from emopoi.errors import InputError
from recommender.feedback.event import moment_of

_MICROSECONDS_A_DAY = 86_400_000_000


class PlaceOpinion(NamedTuple):
    """What a person said about one place, as it stands now.

    Attributes:
        liked: the last word was like.
        disliked: the last word was dislike.
        hidden: not to be shown.
        visits: how often "been there" was said, >= 0.
        last_visit: the latest of them, UTC, or None.
        value: -1..1, the like or dislike, faded by its age; 0 without one.
        type: type of the place when something was last said about it.
        group: its group.
    """

    liked: bool = False
    disliked: bool = False
    hidden: bool = False
    visits: int = 0
    last_visit: datetime | None = None
    value: float = 0.0
    type: str = ""
    group: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON object; the time in ISO 8601, UTC."""
        last_visit = None if self.last_visit is None else self.last_visit.isoformat()
        return {**self._asdict(), "last_visit": last_visit}


class PlaceState(NamedTuple):
    """One row of the store: all that holds about one place, times in microseconds since 1970 UTC.

    Attributes:
        place: id.
        type: type of the place.
        group: its group.
        opinion: 1 liked, -1 disliked, 0 neither.
        opinion_us: when that was said, or None.
        hidden_us: when it was hidden, or None where it is not.
        visits: how often "been there" was said.
        last_visit_us: the latest of them, or None.
    """

    place: str
    type: str
    group: str
    opinion: int
    opinion_us: int | None
    hidden_us: int | None
    visits: int
    last_visit_us: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much each word counts, and how fast it fades.

    Attributes:
        like: successes of a like.
        dislike: failures of a dislike.
        hide: failures of a hide.
        revisit: successes of each visit after the first.
        most_revisits: the most that visits to one place can weigh, in successes.
        half_life_days: after so many days a word weighs half.
    """

    like: float = 1.0
    dislike: float = 1.0
    hide: float = 0.5
    revisit: float = 0.4
    most_revisits: float = 2.0
    half_life_days: float = 180.0

    def __post_init__(self) -> None:
        """Check the weights.

        Raises:
            InputError: a weight is negative or not finite, or the half-life is not above 0.
        """
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name}: a number >= 0 was expected, got {getattr(self, name)!r}")
        if self.half_life_days == 0.0:
            raise InputError("half_life_days: a time above 0 days was expected")

    def fading(self, said_us: int, now_us: int) -> float:
        """What is left of a word, 0..1; words from the future (a wrong clock) count in full."""
        age_us = now_us - said_us
        return 0.5 ** (age_us / (_MICROSECONDS_A_DAY * self.half_life_days)) if age_us > 0 else 1.0

    def weigh(
        self, states: Iterable[PlaceState], now_us: int
    ) -> Iterator[tuple[str, PlaceOpinion, float, float]]:
        """What is said about each place, as it stands now.

        Args:
            states: `PlaceState`, or plain tuples in its order.
            now_us: now, microseconds since 1970 UTC.

        Yields:
            Id of the place, the opinion, and the successes and failures that it speaks for its type.
        """
        fading, repeat, most = self.fading, self.revisit, self.most_revisits
        # One loop without inner calls where nothing was said: 10,000 words are read within a request.
        for place, type, group, opinion, opinion_us, hidden_us, visits, last_visit_us in states:
            success = failure = value = 0.0
            last_visit = None
            if opinion and opinion_us is not None:
                value = fading(opinion_us, now_us)
                if opinion > 0:
                    success = self.like * value
                else:
                    failure = self.dislike * value
                    value = -value
            if hidden_us is not None:
                failure += self.hide * fading(hidden_us, now_us)
            if last_visit_us is not None:
                last_visit = moment_of(last_visit_us)
                if visits > 1:
                    success += min(repeat * (visits - 1), most) * fading(last_visit_us, now_us)
            yield (
                place,
                PlaceOpinion(
                    opinion > 0, opinion < 0, hidden_us is not None, visits, last_visit, value, type, group
                ),
                success,
                failure,
            )
