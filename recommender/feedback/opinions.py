"""All opinions of one person, loaded once a request; plain numbers that ranking takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from random import Random

from recommender.feedback.belief import Belief
from recommender.feedback.event import microseconds
from recommender.feedback.evidence import Evidence, PlaceOpinion, PlaceState
from recommender.feedback.pooling import pooled
from recommender.feedback.prior import Prior

_NOTHING_SAID = PlaceOpinion()


@dataclass(frozen=True, slots=True)
class Opinions:
    """What one person thinks of places and kinds of places.

    Attributes:
        person: key of the person.
        of_place: by id, only places that something was said about.
        of_type: belief for every type of the taxonomy, also for those nothing was said about.
        of_group: the same for the groups.
    """

    person: str
    of_place: dict[str, PlaceOpinion]
    of_type: dict[str, Belief]
    of_group: dict[str, Belief]

    def place(self, place_id: str) -> PlaceOpinion:
        """What holds about a place; nothing said gives an opinion without content."""
        return self.of_place.get(place_id, _NOTHING_SAID)

    def sample_types(self, seed: int | str) -> dict[str, float]:
        """One Thompson draw for each type, -1 (disliked) .. 1 (liked).

        A type that little is known about is drawn widely: now high, so that it gets its chance, now
        low. A type that much was said about hardly moves. Each type has a stream of its own, so a word
        about one group of places leaves the draws of all others as they were.

        Args:
            seed: the same seed draws the same; `daily_seed` keeps a list steady for a day.
        """
        return {
            name: 2.0 * belief.sample(Random(f"{seed}/{name}")) - 1.0 for name, belief in self.of_type.items()
        }


def daily_seed(person: str, day: date) -> int:
    """A seed for `Opinions.sample_types`, >= 0: one for each person and day."""
    text = f"{day.isoformat()}/{person}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")


def opinions_from(
    person: str,
    states: Iterable[PlaceState],
    groups_of_types: Mapping[str, str],
    *,
    now: datetime | None = None,
    prior: Prior | None = None,
    evidence: Evidence | None = None,
) -> Opinions:
    """Opinions and beliefs from what holds about each place; see `pooled`.

    Args:
        person: key of the person.
        states: one for each place that something holds about; none for a new person.
        groups_of_types: group of every type of the taxonomy; types in `states` are added to it.
        now: moment at which old words are weighed, with time zone; None is now.
        prior: what is known of all people; None starts every kind at the same, neutral place.
        evidence: how words are weighed.
    """
    evidence = Evidence() if evidence is None else evidence
    now_us = microseconds(datetime.now(timezone.utc) if now is None else now)
    groups = dict(groups_of_types)
    said: dict[str, tuple[float, float]] = {}
    of_place = {}
    for place, opinion, success, failure in evidence.weigh(states, now_us):
        of_place[place] = opinion
        # The taxonomy's word holds; a type that it no longer knows keeps the group it was said with.
        groups.setdefault(opinion.type, opinion.group)
        if success or failure:
            before = said.get(opinion.type, (0.0, 0.0))
            said[opinion.type] = (before[0] + success, before[1] + failure)
    of_type, of_group = pooled(said, groups, Prior() if prior is None else prior)
    return Opinions(person, of_place, of_type, of_group)
