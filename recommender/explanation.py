"""Why a place is suggested, in plain words.

It speaks of the expression shown, not of what somebody feels, and promises no effect.
"""

from __future__ import annotations

from typing import Protocol

from emopoi.types import PersonProfile
from recommender.emotion_prior import Mode, Rule
from recommender.feedback.evidence import PlaceOpinion
from recommender.feedback.opinions import Opinions
from recommender.place import Place
from recommender.ranking.opening_term import closes_soon, is_day
from recommender.ranking.place_ranking import Ranked
from recommender.ranking.request import Request
from recommender.taxonomy import TYPES

_SHOWN = {
    "Happy": "happiness",
    "Worried": "worry",
    "Sad": "sadness",
    "Excited": "excitement",
    "Exhausted": "tiredness",
    "Frustrated": "frustration",
    "Bored": "boredom",
}

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

WORDS = {"shown": _SHOWN, "lift": _LIFT_WORDS, "match": _MATCH_WORDS}
"""The words for the table of emotions, for explainers elsewhere."""

_LEAST_TERM = 0.1
"""A term below this (log odds) changes next to nothing and is not mentioned."""

_LEAST_QUALITY = 0.5
"""A place that hardly has the quality is not praised for it."""

_GREEN_GROUPS = ("park", "landscape")
"""What the studies of restoration are about; no study is named for other places."""

_WELL_KNOWN = 0.6
_USUAL_NOW = 0.3
_MEANT_TO_KNOW = 0.35
"""How sure a belief must be to be told as a liking: standard deviation of at most this."""


class Explainer(Protocol):
    """Puts the terms of a ranked place into words."""

    def reasons(self, ranked: Ranked, request: Request, *, from_centre: bool) -> tuple[str, ...]:
        """Reasons for one place."""


class PlainWords:
    """Reasons in English."""

    def reasons(self, ranked: Ranked, request: Request, *, from_centre: bool) -> tuple[str, ...]:
        """Reasons for one place: where, open or not, expression, feedback, habits, known, age.

        Args:
            ranked: the place with its terms.
            request: the question.
            from_centre: True where no position was given and the catalogue's centre stood in.
        """
        place, terms = ranked.place, ranked.terms
        said = [_where(ranked, from_centre), _opening(ranked)]
        rule = ranked.emotion.rule
        if rule is not None and terms["emotion"] >= _LEAST_TERM and ranked.emotion.quality >= _LEAST_QUALITY:
            said.append(_emotion(place, rule, request.mode))
        elif rule is not None and terms["emotion"] <= -_LEAST_TERM:
            said.append("the expression shown speaks rather for other places")
        if request.opinions is not None:
            said.extend(_own_words(place, request.opinions))
        if terms["type_transition"] >= _USUAL_NOW:
            said.append("people often go on to such a place from where you were last")
        if terms["type_hour"] >= _USUAL_NOW:
            said.append("a usual time for such places")
        if terms["person"] >= _LEAST_TERM:
            said.append("a little forward by age group or gender, which you switched on")
        if place.prominence >= _WELL_KNOWN:
            said.append("well known")
        if place.price is not None:
            said.append(f"price level {place.price} of 4")
        if place.wheelchair in ("yes", "designated"):
            said.append("accessible by wheelchair")
        elif place.wheelchair == "limited":
            said.append("partly accessible by wheelchair")
        age = place.min_age or TYPES[place.type].min_age
        if age:
            said.extend(_age(request.person, age))
        return tuple(said)


def distance_words(distance_m: float) -> str:
    """A distance as people say it: minutes on foot up to half an hour, then kilometres."""
    minutes = max(1, round(distance_m / 80))
    if minutes <= 30:
        return f"{minutes} minute{'s' if minutes > 1 else ''} on foot"
    return f"{distance_m / 1000:.1f} km away"


def kind_words(place: Place) -> str:
    """What a place is, in words for a person to read."""
    return TYPES[place.type].words


def _where(ranked: Ranked, from_centre: bool) -> str:
    away = distance_words(ranked.distance_m)
    return f"{away} from the centre of the places" if from_centre else away


def _opening(ranked: Ranked) -> str:
    opening, arrival = ranked.open, ranked.arrival
    if opening.state == "unknown":
        if TYPES[ranked.place.type].open_air:
            night = "" if is_day(arrival) else ", and it is night"
            return f"in the open air, opening hours not known{night}"
        return "opening hours not known"
    if opening.until is None:
        return "always open" if opening.state == "open" else "closed"
    until = f"{opening.until:%H:%M}"
    days = (opening.until.date() - arrival.date()).days
    if opening.state == "open":
        if closes_soon(opening, arrival):
            return f"open only until {until}"
        return f"open until {until}" if days <= 1 else f"open until {opening.until:%A} {until}"
    day = "" if days == 0 else " tomorrow" if days == 1 else f" on {opening.until:%A}" if days < 7 else ""
    return f"closed on arrival, opens{day} at {until}" if days < 7 else "closed on arrival"


def _emotion(place: Place, rule: Rule, mode: Mode) -> str:
    kind = TYPES[place.type].plural
    shown = _SHOWN.get(rule.state, "an unpleasant expression" if mode == "lift" else "the arousal shown")
    if mode == "lift" and rule.quality == "restorative" and place.group not in _GREEN_GROUPS:
        return f"{kind} can be calm places where {shown} shows"
    words = (_LIFT_WORDS if mode == "lift" else _MATCH_WORDS)[rule.quality].format(shown=shown)
    source = "" if rule.source == "design" else f" ({rule.source})"
    return f"{kind} {words}{source}"


def _own_words(place: Place, opinions: Opinions) -> list[str]:
    """What the person said, about the place before its kind."""
    opinion: PlaceOpinion = opinions.place(place.id)
    said = []
    if opinion.liked or opinion.disliked:
        said.append("you liked it" if opinion.liked else "you disliked it")
    elif (belief := opinions.of_type.get(place.type)) is not None and belief.said >= 1:
        if belief.value >= 0.2 and belief.sd <= _MEANT_TO_KNOW:
            said.append("you like places of this kind")
        elif belief.value <= -0.2 and belief.sd <= _MEANT_TO_KNOW:
            said.append("you dislike places of this kind")
    if opinion.visits:
        said.append("you have been here" + (f" {opinion.visits} times" if opinion.visits > 1 else ""))
    return said


def _age(person: PersonProfile | None, min_age: int) -> list[str]:
    if person is None or person.age is None:
        return [f"entry may ask for {min_age} years; the age is not known here"]
    if person.age.low90 < min_age:
        return [f"entry may ask for {min_age} years; the age shown is not sure to be above"]
    return []
