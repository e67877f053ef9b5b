"""From an emotion profile to places worth going to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emopoi.errors import InputError
from emopoi.types import EmotionProfile, PersonProfile
from recommender.catalogue import Catalogue, read_catalogue
from recommender.distance import centre, checked_position, haversine_m
from recommender.emotion_prior import MODES, Mode, emotion_weight, leading_state
from recommender.explanation import Explainer, PlainWords
from recommender.feedback import Feedback
from recommender.opening import OpeningHoursReader
from recommender.place import ADULT_AGE_YEARS, ADULT_TYPES, Place
from recommender.ranking import AdditiveRanker, Candidate, Ranker
from recommender.suggestion import Suggestion

FAR_M = 20_000.0
"""Where even the nearest place is further than this, the catalogue is of another town."""

WALKING_M_PER_MINUTE = 80.0
"""About 4.8 km/h."""

LONGEST_WAY_MINUTES = 60.0
"""Nobody walks further; beyond it, arrival is taken to be an hour after setting out."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An answer: places, and what must be said beside them.

    Attributes:
        places: best first.
        attribution: source and licence of the catalogue.
        notes: what the answer rests on and what was left out, in plain words.
    """

    places: tuple[Suggestion, ...]
    attribution: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `emopoi recommend --json`."""
        return {
            "places": [suggestion.to_dict() for suggestion in self.places],
            "attribution": self.attribution,
            "notes": list(self.notes),
        }


def suggest(
    profile: EmotionProfile | None,
    *,
    at: tuple[float, float] | None = None,
    when: datetime | None = None,
    mode: Mode = "lift",
    person: int | None = None,
    catalogue: Catalogue | None = None,
    top: int = 10,
    max_distance_m: float | None = None,
    open_only: bool = False,
    feedback: Feedback | None = None,
) -> list[Suggestion]:
    """Places worth going to, best first; `recommend` takes the same and gives the notes too."""
    answer = recommend(
        profile,
        at=at,
        when=when,
        mode=mode,
        person=person,
        catalogue=catalogue,
        top=top,
        max_distance_m=max_distance_m,
        open_only=open_only,
        feedback=feedback,
    )
    return list(answer.places)


def recommend(
    profile: EmotionProfile | None,
    *,
    at: tuple[float, float] | None = None,
    when: datetime | None = None,
    mode: Mode = "lift",
    person: int | None = None,
    catalogue: Catalogue | None = None,
    top: int = 10,
    max_distance_m: float | None = None,
    open_only: bool = False,
    feedback: Feedback | None = None,
    ranker: Ranker | None = None,
    explainer: Explainer | None = None,
) -> Recommendation:
    """Places worth going to from where somebody is, with notes.

    Age decides one thing only: bars and clubs are left out where the age shown (the median) is
    below 18 years. Gender decides nothing.

    Args:
        profile: what was shown; None or a profile without people ranks by how known and near.
        at: (latitude, longitude), degrees; None means the centre of the catalogue.
        when: when the person sets out; without zone it is local time of the catalogue, None is now.
        mode: "lift" (places that tend to raise the mood), "match" (places that go with it), "off".
        person: id in the profile; None takes the one observed longest.
        catalogue: places; None means the shipped ones of central Helsinki.
        top: how many at most, >= 1.
        max_distance_m: leave out what is further, metres; None is no limit.
        open_only: leave out what is closed on arrival; unknown hours stay in, marked so.
        feedback: what the person said about places before.
        ranker: another order than `AdditiveRanker`'s.
        explainer: other words than `PlainWords`'.

    Raises:
        InputError: an argument is out of its range.
        ProfileError: the profile has no person of that id.
    """
    if mode not in MODES:
        raise InputError(f"a mode of {', '.join(MODES)} was expected, got {mode!r}")
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise InputError(f"top: a whole number from 1 on was expected, got {top!r}")
    if max_distance_m is not None and not 0.0 < max_distance_m < math.inf:
        raise InputError(f"max_distance_m: metres above 0 were expected, got {max_distance_m!r}")
    catalogue = read_catalogue() if catalogue is None else catalogue
    shown = None if profile is None else profile.person(person)
    places = catalogue.places
    if not places:
        raise InputError("the catalogue has no places")
    lat, lon = [place.lat for place in places], [place.lon for place in places]
    origin = centre(lat, lon) if at is None else checked_position(at)
    hours = OpeningHoursReader(catalogue.timezone, catalogue.country)
    start = hours.local(when)

    notes = [_about_expression(profile, shown, mode)]
    if at is None:
        notes.append(f"no position was given: distances are from the centre of the places ({catalogue.name})")
    if catalogue.dated:
        notes.append(f"places and opening hours as mapped by {catalogue.dated}; check before you go")
    if hours.problem is not None:
        notes.append(hours.problem)
    notes.extend(_about_age(shown, places))

    distances = haversine_m(origin, lat, lon)
    candidates: list[Candidate] = []
    for place, distance in zip(places, distances.tolist(), strict=True):
        if _too_young(shown, place) or (max_distance_m is not None and distance > max_distance_m):
            continue
        arrival = start + timedelta(minutes=min(distance / WALKING_M_PER_MINUTE, LONGEST_WAY_MINUTES))
        state = hours.state(place.opening_hours, arrival)
        candidates.append(
            Candidate(
                place=place,
                distance_m=distance,
                arrival=arrival,
                open=state,
                emotion=emotion_weight(shown, place, mode),
                place_opinion=feedback.of_place(place) if feedback else 0,
                group_opinion=feedback.of_group(place.group) if feedback else 0,
            )
        )
    ranked = (ranker or AdditiveRanker()).rank(candidates, len(candidates) if open_only else top)
    if open_only:
        ranked = [entry for entry in ranked if entry.candidate.open.state != "closed"][:top]
        if any(entry.candidate.open.state == "unknown" for entry in ranked):
            notes.append("places whose opening hours are not known are kept and marked")
    if not ranked:
        notes.append("no place of the catalogue fits these limits")
    elif at is not None and min(distances) > FAR_M:
        notes.append(
            f"the catalogue covers {catalogue.name} only, and its nearest place is "
            f"{min(distances) / 1000:.0f} km away: give places of your own with --catalogue"
        )
    words = explainer or PlainWords()
    suggestions = tuple(
        Suggestion(
            place=entry.candidate.place,
            score=entry.score,
            terms=entry.terms,
            distance_m=entry.candidate.distance_m,
            open=entry.candidate.open,
            reasons=words.reasons(
                entry,
                person=shown,
                mode=mode,
                from_centre=at is None,
            ),
            attribution=catalogue.attribution,
        )
        for entry in ranked
    )
    return Recommendation(suggestions, catalogue.attribution, tuple(notes))


def _about_expression(profile: EmotionProfile | None, person: PersonProfile | None, mode: Mode) -> str:
    by_rest = "places are ranked by how known and how near they are"
    if person is None:
        missing = "no profile was given" if profile is None else "nobody was seen in the profile"
        return f"{missing}: {by_rest}"
    if mode == "off":
        return f"the expression shown is switched off: {by_rest}"
    if person.abstained or person.confidence <= 0.0:
        return f"the expression shown could not be read surely enough: {by_rest}"
    state, share = leading_state(person)
    return (
        f"expression shown by person {person.id}: mostly {state} ({share:.0%}, confidence "
        f"{person.confidence:.0%}), mode {mode}; an expression is not a feeling, and these are ideas, "
        "not treatment"
    )


def _too_young(person: PersonProfile | None, place: Place) -> bool:
    return (
        place.type in ADULT_TYPES
        and person is not None
        and person.age is not None
        and person.age.median < ADULT_AGE_YEARS
    )


def _about_age(person: PersonProfile | None, places: Sequence[Place]) -> list[str]:
    adult = next((place for place in places if place.type in ADULT_TYPES), None)
    if adult is None:
        return []
    if _too_young(person, adult) and person is not None and person.age is not None:
        return [
            f"bars and clubs are left out: the age shown (median {person.age.median:g} years) "
            f"is below {ADULT_AGE_YEARS}"
        ]
    if person is None or person.age is None:
        return ["the age is not known: age limits of bars and clubs were not checked"]
    return []
