"""What the page must know to rank places as Python does: types, the table of emotions, learned weights."""

from __future__ import annotations

from typing import Any

from emopoi.serve.place_tiles import RESOLUTION
from recommender import emotion_prior, explanation
from recommender.catalogue import Catalogue
from recommender.distance import EARTH_RADIUS_M
from recommender.ranking import opening_term, place_ranking, place_terms
from recommender.ranking.place_terms import PLACE_TERMS
from recommender.ranking.ranking_file import read_ranking
from recommender.suggesting import AROUND_M, ENOUGH, FAR_M
from recommender.taxonomy import GROUPS, QUALITIES, TYPES

SCHEMA = 1
_NO_VISIT, _NO_HISTORY = 3, 0  # contexts of somebody whose visits are not known


def place_rules(catalogue: Catalogue) -> dict[str, Any]:
    """The JSON object of /places/rules.json."""
    lat, lon = catalogue.centre()
    return {
        "schema": SCHEMA,
        "catalogue": {
            "name": catalogue.name,
            "attribution": catalogue.attribution,
            "timezone": catalogue.timezone,
            "dated": catalogue.dated,
            "centre": [lat, lon],
        },
        "resolution": RESOLUTION,
        "types": [
            {
                "name": kind.name,
                "group": kind.group,
                "words": kind.words,
                "plural": kind.plural,
                "min_age": kind.min_age,
                "open_air": kind.open_air,
                "qualities": dict(zip(QUALITIES, kind.qualities, strict=True)),
            }
            for kind in TYPES.values()
        ],
        "groups": dict(GROUPS),
        "rules": [rule._asdict() for rule in emotion_prior.RULES],
        "unpleasant_restorative": emotion_prior.UNPLEASANT_RESTORATIVE._asdict(),
        "arousal_matched": emotion_prior.AROUSAL_MATCHED._asdict(),
        "alcohol_in_low_mood": emotion_prior.ALCOHOL_IN_LOW_MOOD._asdict(),
        "sources": dict(emotion_prior.SOURCES),
        "learned": _learned(),
        "numbers": {
            "earth_radius_m": EARTH_RADIUS_M,
            "around_m": AROUND_M,
            "enough": ENOUGH,
            "far_m": FAR_M,
            "emotion": place_ranking.EMOTION,
            "liked": place_ranking.LIKED,
            "disliked": place_ranking.DISLIKED,
            "same_group": place_ranking.SAME_GROUP,
            "same_type": place_ranking.SAME_TYPE,
            "by_map": place_ranking.BY_MAP,
            "near_m": place_ranking.NEAR_M,
            "walking_m_per_minute": place_ranking.WALKING_M_PER_MINUTE,
            "longest_way_minutes": place_ranking.LONGEST_WAY_MINUTES,
            "unusual": place_terms.UNUSUAL,
            "closed": opening_term.CLOSED,
            "closes_soon": opening_term.CLOSES_SOON,
            "adult_age_years": emotion_prior.ADULT_AGE_YEARS,
        },
        "words": explanation.WORDS,
    }


def _learned() -> dict[str, Any]:
    """Weights of the terms for somebody whose visits are not known, and what is usual by type and hour."""
    places = read_ranking()["places"]
    weights = {
        name: places["everything"][name]["base"]
        + places["everything"][name]["gap"][_NO_VISIT]
        + places["everything"][name]["history"][_NO_HISTORY]
        for name in PLACE_TERMS
    }
    return {"weights": weights, "type_hour": places["type_hour"]}
