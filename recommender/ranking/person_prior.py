"""What age group and gender may add to a kind of place: off unless asked for, small, with sources.

Read from a face these are guesses about a person; the differences below are of populations, vary by
culture (Mueller et al. 2017) and say little about one person. So a switch turns each on, the largest
amount is a tenth of what a like counts, and feedback outweighs it at once. Legal age limits are no
matter of taste and are handled elsewhere (`filters`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emopoi.types import PersonProfile
from recommender.taxonomy import TYPES

Use = Literal["age", "gender"]
USES: tuple[Use, ...] = ("age", "gender")

LARGEST = 0.2
"""Log odds: a factor of 1.2."""

SOURCES = {
    "ATUS 2016": "U.S. Bureau of Labor Statistics, American Time Use Survey 2011-2015 (published 2016): "
    "of those doing yoga 85 % were women, dancing 66 %; of those playing football 93 % were men, "
    "soccer 77 %.",
    "ATUS 2014": "The same survey, 2003-2014: over 30 % of people of 15 to 20 do sports on a day, about "
    "20 % of all.",
    "Peterson 2000": "Peterson, Hull & Kern (2000). Age and arts participation 1982-1997. NEA Research "
    "Division Report 42: audiences of classical music, opera and theatre are older than the population.",
    "Mueller 2017": "Mueller, Silva, Almeida & Loureiro (2017). Gender matters! Analyzing global cultural "
    "gender preferences for venues using social sensing. EPJ Data Science 6, 5.",
}


class AgeRule(NamedTuple):
    """Where the median age lies in [low, high), a type gets `weight` (log odds)."""

    low: float
    high: float
    type: str
    weight: float
    source: str


class GenderRule(NamedTuple):
    """A type gets `weight` x (2 x probability of female - 1)."""

    type: str
    weight: float
    source: str


AGE_RULES = (
    AgeRule(0, 25, "sports_centre", 0.2, "ATUS 2014"),
    AgeRule(0, 25, "pitch", 0.2, "ATUS 2014"),
    AgeRule(0, 25, "fitness_centre", 0.1, "ATUS 2014"),
    AgeRule(50, 130, "concert_hall", 0.2, "Peterson 2000"),
    AgeRule(50, 130, "theatre", 0.15, "Peterson 2000"),
)
GENDER_RULES = (
    GenderRule("yoga", 0.2, "ATUS 2016"),
    GenderRule("dance", 0.1, "ATUS 2016"),
    GenderRule("pitch", -0.2, "ATUS 2016"),
    GenderRule("stadium", -0.1, "Mueller 2017"),
)


def person_prior(person: PersonProfile | None, use: frozenset[Use]) -> NDArray[np.float32]:
    """Addition for each type, log odds, float32 (K,) in the order of `TYPES`; zeros where not asked for.

    Args:
        person: age and gender are taken from it, as far as they are known.
        use: what was switched on.
    """
    added = dict.fromkeys(TYPES, 0.0)
    if person is not None and "age" in use and person.age is not None:
        for rule in AGE_RULES:
            if rule.low <= person.age.median < rule.high:
                added[rule.type] += rule.weight
    if person is not None and "gender" in use and person.female is not None:
        for gender_rule in GENDER_RULES:
            added[gender_rule.type] += gender_rule.weight * (2.0 * person.female - 1.0)
    return np.clip(np.array(list(added.values()), np.float32), -LARGEST, LARGEST)
