"""Why a place is suggested, in plain words.

It speaks of the expression shown, not of what somebody feels, and promises no effect.
"""

from __future__ import annotations

from typing import Protocol

from emopoi.types import PersonProfile
from recommender.emotion_prior import Mode, Rule
from recommender.place import ADULT_AGE_YEARS, ADULT_TYPES, OPEN_AIR_TYPES, Place
from recommender.ranking import Ranked, closes_soon, is_day

_SHOWN = {
    "Happy": "happiness",
    "Worried": "worry",
    "Sad": "sadness",
    "Excited": "excitement",
    "Exhausted": "tiredness",
    "Frustrated": "frustration",
    "Bored": "boredom",
}

_PLURALS = {
    "library": "libraries", "gallery": "galleries", "ice_cream": "ice cream places",
    "playground": "playgrounds", "place_of_worship": "churches and chapels", "water": "places by the water",
    "notable_tree": "green places", "garden": "gardens", "memorial": "sights", "artwork": "sights",
    "attraction": "sights", "yoga": "yoga places", "dance": "dance schools", "nightclub": "clubs",
    "pub": "pubs", "bar": "bars", "museum": "museums", "park": "parks", "restaurant": "restaurants",
    "cafe": "cafes", "theatre": "theatres", "cinema": "cinemas", "bookshop": "bookshops",
    "record_shop": "record shops", "fountain": "fountains", "viewpoint": "viewpoints",
    "mall": "shopping centres", "department_store": "department stores", "games_shop": "game shops",
    "sports_centre": "places for sport", "swimming_pool": "swimming halls",
    "miniature_golf": "games to play", "events_venue": "event venues", "bandstand": "stages",
    "marketplace": "markets",
}  # fmt: skip

_LIFT_WORDS = {
    "restorative": "tend to restore where {shown} shows",
    "novel": "offer something new where {shown} shows",
    "sociable": "are among people, which goes along with {shown}",
    "active": "get the body moving where {shown} shows",
    "quiet": "are quiet, which is often sought where {shown} shows",
}
_MATCH_WORDS = {
    "restorative": "are calm and pleasant and go with {shown}",
    "novel": "offer something new and go with {shown}",
    "sociable": "are among people and go with {shown}",
    "active": "have energy and go with {shown}",
    "quiet": "are quiet and go with {shown}",
}

_LEAST_TERM = 0.02
"""An emotion term below this changes next to nothing and is not mentioned."""

_LEAST_QUALITY = 0.5
"""A place that hardly has the quality is not praised for it."""


_GREEN_GROUPS = ("park", "landscape")
"""What the studies of restoration are about; no study is named for other places."""


class Explainer(Protocol):
    """Puts the terms of a ranked place into words."""

    def reasons(
        self, ranked: Ranked, *, person: PersonProfile | None, mode: Mode, from_centre: bool
    ) -> tuple[str, ...]:
        """Reasons for one place."""


class PlainWords:
    """Reasons in English."""

    def reasons(
        self, ranked: Ranked, *, person: PersonProfile | None, mode: Mode, from_centre: bool
    ) -> tuple[str, ...]:
        """Reasons for one place: where, open or not, expression, feedback, known, age.

        Args:
            ranked: the place with its terms.
            person: whose expression was used, or None.
            mode: as in `emotion_prior`.
            from_centre: True where no position was given and the catalogue's centre stood in.
        """
        place = ranked.candidate.place
        said = [_where(ranked, from_centre), _opening(ranked)]
        rule = ranked.candidate.emotion.rule
        term = ranked.terms["emotion"]
        if rule is not None and term >= _LEAST_TERM and ranked.candidate.emotion.quality >= _LEAST_QUALITY:
            said.append(_emotion(place, rule, mode))
        elif rule is not None and term <= -_LEAST_TERM:
            said.append("the expression shown speaks rather for other places")
        opinion = ranked.candidate.place_opinion
        if opinion:
            said.append("you liked it" if opinion > 0 else "you disliked it")
        elif ranked.candidate.group_opinion:
            liked = ranked.candidate.group_opinion > 0
            said.append("you like places of this kind" if liked else "you dislike places of this kind")
        if place.prominence >= 0.6:
            said.append("well known")
        if place.type in ADULT_TYPES:
            said.extend(_age(person))
        return tuple(said)


def distance_words(distance_m: float) -> str:
    """A distance as people say it: steps of 10 m, from 1 km on of 100 m."""
    if distance_m < 995.0:
        return f"{round(distance_m / 10) * 10:d} m"
    return f"{distance_m / 1000:.1f} km"


def kind_words(place: Place) -> str:
    """What a place is, in words for a person to read."""
    return place.type.replace("_", " ")


def _where(ranked: Ranked, from_centre: bool) -> str:
    away = distance_words(ranked.candidate.distance_m)
    return f"{away} from the centre of the places" if from_centre else f"{away} away"


def _opening(ranked: Ranked) -> str:
    opening, arrival = ranked.candidate.open, ranked.candidate.arrival
    if opening.state == "unknown":
        if ranked.candidate.place.type in OPEN_AIR_TYPES:
            night = "" if is_day(arrival) else ", and it is night"
            return f"in the open air, opening hours not known{night}"
        return "opening hours not known"
    if opening.until is None:
        return "always open" if opening.state == "open" else "closed"
    until = f"{opening.until:%H:%M}"
    days = (opening.until.date() - arrival.date()).days
    if opening.state == "open":
        if closes_soon(ranked.candidate):
            return f"open only until {until}"
        return f"open until {until}" if days <= 1 else f"open until {opening.until:%A} {until}"
    day = "" if days == 0 else " tomorrow" if days == 1 else f" on {opening.until:%A}" if days < 7 else ""
    return f"closed on arrival, opens{day} at {until}" if days < 7 else "closed on arrival"


def _emotion(place: Place, rule: Rule, mode: Mode) -> str:
    kind = _PLURALS.get(place.type, f"places of this kind ({kind_words(place)})")
    shown = _SHOWN.get(rule.state, "an unpleasant expression" if mode == "lift" else "the arousal shown")
    if mode == "lift" and rule.quality == "restorative" and place.group not in _GREEN_GROUPS:
        return f"{kind} can be calm places where {shown} shows"
    words = (_LIFT_WORDS if mode == "lift" else _MATCH_WORDS)[rule.quality].format(shown=shown)
    source = "" if rule.source == "design" else f" ({rule.source})"
    return f"{kind} {words}{source}"


def _age(person: PersonProfile | None) -> list[str]:
    if person is None or person.age is None:
        return [f"entry may ask for {ADULT_AGE_YEARS} years; the age is not known here"]
    if person.age.low90 < ADULT_AGE_YEARS:
        return [f"entry may ask for {ADULT_AGE_YEARS} years; the age shown is not sure to be above"]
    return []
