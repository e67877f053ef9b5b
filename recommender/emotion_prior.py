"""What an expression may add to a place: a small bounded weight, from a table with its sources.

A type of place has qualities (`recommender.taxonomy`), each 0..1. A state that shows
asks for qualities (`RULES`). The weight of a place is the sum over states of share x asked x
quality, clipped to -1..1, times the confidence of the profile. Two modes, the user's choice:

- lift: places that, by the evidence cited, tend to raise or settle the mood;
- match: places that go with the mood as it is.

In the data that this project could measure, what emotion adds to a rating is small and acts
through the kind of place, so the weight is bounded: it can move a place among its likes, and hardly
past what is closed or far. The strengths in the tables are judged from the direction of the
findings, not fitted. Age and gender have no part in it: differences between genders in choice of
venue vary by culture (Mueller et al. 2017), and a rule made of them would be a stereotype. A low
or bored mood sets places that serve alcohol or offer gambling back, in both modes, and never
brings them forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from emopoi.types import EMOPOI8, PersonProfile
from recommender.taxonomy import QUALITIES, TYPES, PlaceType

Mode = Literal["lift", "match", "off"]
"""What a profile asks of places: to lift the mood, to match it, or nothing."""
MODES: tuple[Mode, ...] = ("lift", "match", "off")
"""All modes; the first one where none is named."""

SOURCES: dict[str, str] = {
    "Taquet 2016": "Taquet, Quoidbach, de Montjoye, Desseilles & Gross (2016). Hedonism and the choice of "
    "everyday activities. PNAS 113(35), 9769-9773.",
    "MacKerron 2013": "MacKerron & Mourato (2013). Happiness is greater in natural environments. Global "
    "Environmental Change 23(5), 992-1000.",
    "Seresinhe 2019": "Seresinhe, Preis, MacKerron & Moat (2019). Happiness is greater in more scenic "
    "locations. Scientific Reports 9, 4498.",
    "Korpela 2001": "Korpela, Hartig, Kaiser & Fuhrer (2001). Restorative experience and self-regulation in "
    "favorite places. Environment and Behavior 33(4), 572-589.",
    "Korpela 2008": "Korpela, Ylén, Tyrväinen & Silvennoinen (2008). Determinants of restorative experiences "
    "in everyday favorite places. Health & Place 14(4), 636-652.",
    "Korpela 2020": "Korpela, Korhonen, Nummi, Martos & Sallay (2020). Environmental self-regulation in "
    "favourite places of Finnish and Hungarian adults. Journal of Environmental Psychology 67, 101384.",
    "Johnsen 2013": "Johnsen & Rydstedt (2013). Active use of the natural environment for emotion "
    "regulation. Europe's Journal of Psychology 9(4), 798-819.",
    "Bernstein 2017": "Bernstein & McNally (2017). Acute aerobic exercise helps overcome emotion regulation "
    "deficits. Cognition and Emotion 31(4), 834-843.",
    "Bench 2019": "Bench & Lench (2019). Boredom as a seeking state: boredom prompts the pursuit of novel "
    "(even negative) experiences. Emotion 19(2), 242-254.",
    "Watson 1992": "Watson, Clark, McIntyre & Hamaker (1992). Affect, personality, and social activity. "
    "Journal of Personality and Social Psychology 63(6), 1011-1025.",
    "Lee 2013": "Lee, Andrade & Palmer (2013). Interpersonal relationships and preferences for "
    "mood-congruency in aesthetic experiences. Journal of Consumer Research 40(2), 382-391.",
    "Russell 1980": "Russell (1980). A circumplex model of affect. Journal of Personality and Social "
    "Psychology 39(6), 1161-1178.",
    "Mueller 2017": "Mueller, Silva, Almeida & Loureiro (2017). Gender matters! Analyzing global cultural "
    "gender preferences for venues using social sensing. EPJ Data Science 6, 5.",
    "design": "A choice of this project in the spirit of its neighbours in the table, not a finding.",
}


class Rule(NamedTuple):
    """One row: where `state` shows, in `mode`, `quality` is asked for with `strength` (-1..1)."""

    mode: Mode
    state: str
    quality: str
    strength: float
    source: str


RULES: tuple[Rule, ...] = (
    # mode, state, quality, strength, source (key of SOURCES)
    Rule("lift", "Sad", "restorative", 0.8, "Korpela 2020"),
    Rule("lift", "Sad", "active", 0.2, "Taquet 2016"),
    Rule("lift", "Sad", "sociable", 0.1, "Taquet 2016"),
    Rule("lift", "Worried", "restorative", 0.8, "Korpela 2008"),
    Rule("lift", "Worried", "quiet", 0.3, "design"),
    Rule("lift", "Worried", "sociable", -0.2, "design"),
    Rule("lift", "Frustrated", "restorative", 0.7, "Korpela 2008"),
    Rule("lift", "Frustrated", "active", 0.6, "Bernstein 2017"),
    Rule("lift", "Exhausted", "restorative", 0.8, "Korpela 2001"),
    Rule("lift", "Exhausted", "quiet", 0.3, "Korpela 2001"),
    Rule("lift", "Exhausted", "active", -0.6, "design"),
    Rule("lift", "Exhausted", "sociable", -0.3, "design"),
    Rule("lift", "Bored", "novel", 1.0, "Bench 2019"),
    Rule("lift", "Bored", "active", 0.2, "design"),
    Rule("lift", "Happy", "sociable", 0.6, "Watson 1992"),
    Rule("lift", "Happy", "novel", 0.2, "design"),
    Rule("lift", "Excited", "sociable", 0.7, "Watson 1992"),
    Rule("lift", "Excited", "novel", 0.3, "design"),
    Rule("lift", "Excited", "active", 0.2, "design"),
    Rule("match", "Sad", "quiet", 0.8, "Lee 2013"),
    Rule("match", "Sad", "sociable", -0.5, "design"),
    Rule("match", "Sad", "active", -0.3, "design"),
    Rule("match", "Worried", "quiet", 0.7, "design"),
    Rule("match", "Worried", "novel", -0.4, "design"),
    Rule("match", "Frustrated", "active", 0.8, "Lee 2013"),
    Rule("match", "Frustrated", "quiet", -0.3, "design"),
    Rule("match", "Exhausted", "quiet", 0.6, "design"),
    Rule("match", "Exhausted", "active", -0.7, "design"),
    Rule("match", "Bored", "sociable", 0.6, "design"),
    Rule("match", "Bored", "novel", -0.4, "design"),
    Rule("match", "Bored", "active", -0.3, "design"),
    Rule("match", "Happy", "sociable", 0.5, "Watson 1992"),
    Rule("match", "Happy", "restorative", 0.4, "Johnsen 2013"),
    Rule("match", "Excited", "sociable", 0.7, "Watson 1992"),
    Rule("match", "Excited", "active", 0.5, "Russell 1980"),
    Rule("match", "Excited", "quiet", -0.4, "Russell 1980"),
)
"""The emotion -> place table. Neutral has no row: it shifts nothing."""

UNPLEASANT_RESTORATIVE = Rule("lift", "", "restorative", 0.2, "MacKerron 2013")
"""Beside the states: times unpleasantness (negative valence), doubled where arousal is full."""

AROUSAL_MATCHED = Rule("match", "", "active", 0.2, "Russell 1980")
"""Beside the states: times arousal; the same amount is taken from quiet."""

ALCOHOL_IN_LOW_MOOD = Rule("lift", "", "sociable", -0.4, "design")
"""In both modes: times the share of low states, for places that are for adults only."""

ADULT_AGE_YEARS = 18

_LOW_STATES = frozenset({"Worried", "Sad", "Exhausted", "Frustrated", "Bored"})


@dataclass(frozen=True, slots=True)
class EmotionWeight:
    """What the expression adds to one place.

    Attributes:
        value: -1..1, already shrunk by confidence.
        rule: the row that added most in the direction of `value`, or None where nothing did.
        quality: how far the place has the quality that `rule` speaks of, 0..1.
    """

    value: float
    rule: Rule | None = None
    quality: float = 0.0


NO_WEIGHT = EmotionWeight(0.0)


def is_for_adults(kind: PlaceType) -> bool:
    """Serves mainly alcohol, offers gambling or the like."""
    return (kind.min_age or 0) >= ADULT_AGE_YEARS


@cache
def _qualities(type_name: str) -> Mapping[str, float]:
    return dict(zip(QUALITIES, TYPES[type_name].qualities, strict=True))


def emotion_weights(person: PersonProfile | None, mode: Mode) -> list[EmotionWeight]:
    """`emotion_weight` of every type, in the order of `recommender.taxonomy.TYPES`."""
    return [emotion_weight(person, kind, mode) for kind in TYPES.values()]


def emotion_weight(person: PersonProfile | None, kind: PlaceType, mode: Mode) -> EmotionWeight:
    """Weight of one type of place for the expression that one person showed.

    Args:
        person: shares of the eight states, valence, arousal and confidence are used, nothing else.
        kind: the type; its qualities and its age limit are used.
        mode: "lift", "match" or "off".

    Returns:
        value within -confidence..confidence; zero without a person, where the profile abstained
        and in mode "off".
    """
    if person is None or person.abstained or mode == "off" or not person.confidence > 0.0:
        return NO_WEIGHT
    qualities = _qualities(kind.name)
    parts: list[tuple[float, Rule]] = []
    for rule in RULES:
        share = person.emopoi8.get(rule.state, 0.0)
        if rule.mode == mode and share > 0.0:
            parts.append((share * rule.strength * qualities[rule.quality], rule))
    parts.extend(_valence_and_arousal(person, qualities, mode))
    if is_for_adults(kind):
        low = _LOW_STATES | {""} if person.valence < 0.0 else _LOW_STATES
        parts = [(min(part, 0.0) if rule.state in low else part, rule) for part, rule in parts]
        shown = sum(person.emopoi8.get(state, 0.0) for state in _LOW_STATES)
        parts.append((shown * ALCOHOL_IN_LOW_MOOD.strength, ALCOHOL_IN_LOW_MOOD))
    value = min(max(sum(part for part, _ in parts), -1.0), 1.0) * person.confidence
    if value == 0.0 or not np.isfinite(value):  # a profile made by hand may hold anything
        return NO_WEIGHT
    _, leading = max(parts, key=lambda item: item[0] * np.sign(value))
    return EmotionWeight(value, leading, qualities[leading.quality])


def _valence_and_arousal(
    person: PersonProfile, qualities: Mapping[str, float], mode: Mode
) -> list[tuple[float, Rule]]:
    shown = 1.0 - person.emopoi8.get("Neutral", 0.0)  # a neutral face shifts nothing
    if mode == "lift":
        unpleasant = max(0.0, -person.valence) * (1.0 + max(0.0, person.arousal))
        rule = UNPLEASANT_RESTORATIVE
        return [(shown * rule.strength * unpleasant * qualities["restorative"], rule)]
    rule = AROUSAL_MATCHED
    return [(shown * rule.strength * person.arousal * (qualities["active"] - qualities["quiet"]), rule)]


def leading_state(person: PersonProfile) -> tuple[str, float]:
    """The state that shows most and its share, 0..1."""
    state = max(EMOPOI8, key=lambda label: person.emopoi8.get(label, 0.0))
    return state, person.emopoi8.get(state, 0.0)
