"""From an emotion profile to places worth going to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.types import EmotionProfile, PersonProfile
from recommender.catalogue import Catalogue, PlaceTable, open_catalogue
from recommender.distance import checked_position
from recommender.emotion_prior import Mode, leading_state
from recommender.explanation import Explainer, PlainWords, distance_words
from recommender.feedback import Opinions
from recommender.opening import OpeningHoursReader
from recommender.ranking.filters import allowed, min_ages
from recommender.ranking.person_prior import Use
from recommender.ranking.place_ranking import PlaceRanking, Ranked
from recommender.ranking.request import Request
from recommender.suggestion import Suggestion

AROUND_M = 3000.0
"""How far is looked first where the person gave no limit."""

ENOUGH = 40
"""Fewer places than this around: the nearest ones are taken, however far."""

NEAREST = 400
MOST_NEAREST = 200_000
"""Where nothing fits the limits, so many of the nearest places are looked through."""

_MOST_FOR_MORE = 8000
"""The same where some fit and only more of them are wanted."""

FAR_M = 20_000.0
"""Where even the nearest place is further than this, the catalogue is of another town."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An answer: places, and what must be said beside them.

    Attributes:
        places: best first.
        attribution: source and licence of the catalogue.
        notes: what the answer rests on and what was left out, in plain words.
        at: where the person is taken to be, (latitude, longitude) in degrees.
    """

    places: tuple[Suggestion, ...]
    attribution: str
    notes: tuple[str, ...]
    at: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `emopoi recommend --json`."""
        return {
            "at": {"lat": self.at[0], "lon": self.at[1]},
            "places": [suggestion.to_dict() for suggestion in self.places],
            "attribution": self.attribution,
            "notes": list(self.notes),
        }


def suggest(profile: EmotionProfile | None, **options: Any) -> list[Suggestion]:
    """Places worth going to, best first; takes what `recommend` takes, which gives the notes too."""
    return list(recommend(profile, **options).places)


def recommend(
    profile: EmotionProfile | None,
    *,
    at: tuple[float, float] | None = None,
    when: datetime | None = None,
    mode: Mode = "lift",
    person: int | None = None,
    catalogue: Catalogue | None = None,
    opinions: Opinions | None = None,
    top: int = 10,
    max_distance_m: float | None = None,
    open_only: bool = False,
    new_only: bool = False,
    kinds: Collection[str] = (),
    max_price: int | None = None,
    wheelchair: bool = False,
    use: Collection[Use] = (),
    ranking: PlaceRanking | None = None,
    explainer: Explainer | None = None,
) -> Recommendation:
    """Places worth going to from where somebody is, with notes.

    Legal age limits always hold: what the median age shown is too young for is left out. Beyond
    that age and gender decide nothing unless `use` names them.

    Args:
        profile: what was shown; None or a profile without people ranks by the other terms.
        at: (latitude, longitude), degrees; None means the centre of the catalogue.
        when: when the person sets out; without zone it is local time of the places, None is now.
        mode: "lift" (places that tend to raise the mood), "match" (places that go with it), "off".
        person: id in the profile; None takes the one observed longest.
        catalogue: places; None means the shipped ones of central Helsinki.
        opinions: what the person said about places before (`FeedbackStore.opinions`).
        top: how many at most, >= 1.
        max_distance_m: leave out what is further, metres; None looks as far as needed.
        open_only: leave out what is closed on arrival; unknown hours stay in, marked so.
        new_only: leave out places where the person said to have been.
        kinds: types and groups of places to choose from; empty for all.
        max_price: 1..4; unknown prices stay in.
        wheelchair: places known to be accessible alone.
        use: "age", "gender": switched on.
        ranking: other weights than the shipped ones.
        explainer: other words than `PlainWords`'.

    Raises:
        InputError: an argument is out of its range.
        ProfileError: the profile has no person of that id.
    """
    catalogue = open_catalogue(None) if catalogue is None else catalogue
    shown = None if profile is None else profile.person(person)
    origin = catalogue.centre() if at is None else checked_position(at)
    hours = OpeningHoursReader(catalogue.timezone, catalogue.country, origin)
    request = Request(
        at=origin,
        when=hours.local(when),
        person=shown,
        mode=mode,
        opinions=opinions,
        top=top,
        within_m=max_distance_m,
        open_only=open_only,
        new_only=new_only,
        kinds=tuple(kinds),
        max_price=max_price,
        wheelchair=wheelchair,
        use=frozenset(use),
    )
    notes = [_about_expression(profile, shown, mode)]
    if at is None:
        notes.append(f"no position was given: distances are from the centre of the places ({catalogue.name})")
    if catalogue.dated:
        notes.append(f"places and opening hours as mapped by {catalogue.dated}; check before you go")
    if hours.problem is not None:
        notes.append(hours.problem)

    table, told = _candidates(catalogue, request)
    notes.extend(told)
    ranked, cut_short = (ranking or PlaceRanking()).rank(catalogue, table, request, hours.state)
    notes.extend(_about_answer(request, ranked, cut_short))
    words = explainer or PlainWords()
    suggestions = tuple(
        Suggestion(
            place=entry.place,
            score=entry.score,
            terms=entry.terms,
            distance_m=entry.distance_m,
            open=entry.open,
            reasons=words.reasons(entry, request, from_centre=at is None),
            attribution=catalogue.attribution,
        )
        for entry in ranked
    )
    return Recommendation(suggestions, catalogue.attribution, tuple(notes), origin)


def _candidates(catalogue: Catalogue, request: Request) -> tuple[PlaceTable, list[str]]:
    """Places that may be suggested, and what must be said about the choice."""
    hidden, visited = _own_rows(catalogue, request.opinions)

    def kept(table: PlaceTable) -> PlaceTable:
        return table.take(allowed(table, request, hidden, visited))

    around = catalogue.near(request.at, request.within_m or AROUND_M)
    table = kept(around)
    notes: list[str] = []
    # Few fit: more of the nearest are looked through, always beyond those that were.
    wanted = ENOUGH if request.within_m is None else 1
    count, whole = max(NEAREST, 4 * len(around)), False
    while len(table) < wanted and not whole and count <= (_MOST_FOR_MORE if len(table) else MOST_NEAREST):
        around = catalogue.nearest(request.at, count)
        table = kept(around)
        count, whole = 4 * count, len(around) < count
    if len(table) and request.within_m is not None and float(table.distance_m.min()) > request.within_m:
        table = table.nearest(request.top)
        distance = distance_words(float(table.distance_m.min()))
        notes.append(
            f"no such place within {request.within_m:g} m: the nearest ones are offered ({distance})"
        )
    if len(table) == 0:
        fits = "no place of the catalogue" if whole else f"none of the {len(around)} nearest places"
        notes.append(f"{fits} fits these limits" if len(around) else "the catalogue has no places")
    elif float(table.distance_m.min()) > FAR_M:
        notes.append(
            f"the catalogue covers {catalogue.name or 'another region'}, and its nearest place is "
            f"{float(table.distance_m.min()) / 1000:.0f} km away: give places of your own with --catalogue"
        )
    return table, notes + _about_age(request.person, around)


def _own_rows(catalogue: Catalogue, opinions: Opinions | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if opinions is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    hidden = [place for place, opinion in opinions.of_place.items() if opinion.hidden]
    visited = [place for place, opinion in opinions.of_place.items() if opinion.visits]
    return catalogue.rows(hidden), catalogue.rows(visited)


def _about_expression(profile: EmotionProfile | None, person: PersonProfile | None, mode: Mode) -> str:
    by_rest = "places are ranked without it"
    if person is None:
        missing = "no profile was given" if profile is None else "nobody was seen in the profile"
        return f"{missing}: {by_rest}"
    if mode == "off":
        return f"the expression shown is switched off: {by_rest}"
    if person.abstained or not person.confidence > 0.0:
        return f"the expression shown could not be read surely enough: {by_rest}"
    state, share = leading_state(person)
    return (
        f"expression shown by person {person.id}: mostly {state} ({share:.0%}, confidence "
        f"{person.confidence:.0%}), mode {mode}; an expression is not a feeling, and these are ideas, "
        "not treatment"
    )


def _about_age(person: PersonProfile | None, around: PlaceTable) -> list[str]:
    limits = min_ages(around)
    if not (limits > 0).any():
        return []
    if person is None or person.age is None:
        return ["the age is not known: age limits of bars and clubs were not checked"]
    left_out = limits > person.age.median
    if left_out.any():
        return [
            f"{int(left_out.sum())} places with an age limit are left out: the age shown (median "
            f"{person.age.median:g} years) is below {int(limits[left_out].min())}"
        ]
    return []


def _about_answer(request: Request, ranked: list[Ranked], cut_short: bool) -> list[str]:
    notes = []
    if request.open_only:
        if any(entry.open.state == "unknown" for entry in ranked):
            notes.append("places whose opening hours are not known are kept and marked")
        if not ranked:
            notes.append("nothing is known to be open on arrival")
    if cut_short:
        notes.append("most places around are closed: only the likeliest were looked at")
    return notes
