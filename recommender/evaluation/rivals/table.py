"""The methods by name. A method's file is imported when it is chosen."""

from __future__ import annotations

import importlib
from typing import NamedTuple

from emopoi.errors import InputError
from recommender.evaluation.next_place import NextPlaceModel


class Rival(NamedTuple):
    """Where a method lives, and what it does in a few words."""

    module: str
    name: str
    words: str


RIVALS: dict[str, Rival] = {
    "random": Rival("popularity", "RandomOrder", "chance"),
    "popularity": Rival("popularity", "Popularity", "training check-ins of a place"),
    "popularity_nearby": Rival("popularity", "PopularityNearby", "popularity x exp(-distance)"),
    "most_visited": Rival("popularity", "MostVisited", "the user's own visits, then popularity"),
    "markov": Rival("markov", "Markov", "what came after the last place, then popularity"),
    "mix": Rival("markov", "Mix", "own visits, part of the day, recency, Markov, popularity"),
    "item_knn": Rival("item_similarity", "ItemNeighbours", "cosine of visitors"),
    "ease": Rival("item_similarity", "Ease", "linear weights between places, closed form"),
    "als": Rival("factorization", "AlternatingLeastSquares", "implicit's ALS"),
    "bpr": Rival("factorization", "BayesianPersonalizedRanking", "implicit's BPR"),
    "bpr_popularity": Rival(
        "factorization", "PopularBayesianPersonalizedRanking", "implicit's BPR + log of visitors"
    ),
}
"""Every rival, in the order of the table that is printed."""


def make_rival(name: str) -> NextPlaceModel:
    """A rival that has learned nothing yet.

    Raises:
        InputError: no rival has that name.
    """
    if name not in RIVALS:
        raise InputError(f"method {name!r}: one of {', '.join(RIVALS)} was expected")
    rival = RIVALS[name]
    module = importlib.import_module(f"recommender.evaluation.rivals.{rival.module}")
    model: NextPlaceModel = getattr(module, rival.name)()
    return model
