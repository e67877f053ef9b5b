"""One place that is suggested, with everything its score was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.opening import OpenState
from recommender.place import Place


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A place with its score.

    Attributes:
        place: the place.
        score: sum of `terms`, log odds; comparable within one answer only.
        terms: name -> log odds, see `recommender.ranking.place_ranking`.
        distance_m: from where the person is, straight line, metres.
        open: state on arrival.
        reasons: why, in plain words, one sentence part each.
        attribution: source and licence of the place's facts, to be shown with it.
    """

    place: Place
    score: float
    terms: Mapping[str, float]
    distance_m: float
    open: OpenState
    reasons: tuple[str, ...]
    attribution: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON: `Place.to_dict`, score, terms, distance_m, open, reasons, attribution."""
        return {
            **self.place.to_dict(),
            "score": round(self.score, 4),
            "terms": {name: round(value, 4) for name, value in self.terms.items()},
            "distance_m": round(self.distance_m),
            "open": self.open.to_dict(),
            "reasons": list(self.reasons),
            "attribution": self.attribution,
        }
