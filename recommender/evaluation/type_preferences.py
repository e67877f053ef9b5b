"""Do the groups of the taxonomy carry taste? Predict a person's rating of one type from the others.

Needs average ratings of place types, one row a person (the "Travel Review Ratings" set of Renjith at
UCI, reviews of 24 types in Europe). One type is left out at a time; people are predicted by folds from
other people. A preference that is learned for a group (feedback on one cafe moves all cafes) is worth
something where `group` beats `person`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.check_ins import read_columns
from recommender.evaluation.intervals import ClusteredBootstrap

TYPE_OF_COLUMN: dict[str, str] = {
    "churches": "place_of_worship",
    "resorts": "hotel",
    "beaches": "beach",
    "parks": "park",
    "theatres": "theatre",
    "museums": "museum",
    "malls": "mall",
    "zoo": "zoo",
    "restaurants": "restaurant",
    "pubs_bars": "pub",
    "local_services": "services",
    "burger_pizza_shops": "fast_food",
    "hotels_other_lodgings": "hotel",
    "juice_bars": "cafe",
    "art_galleries": "gallery",
    "dance_clubs": "nightclub",
    "swimming_pools": "swimming_pool",
    "gyms": "fitness_centre",
    "bakeries": "bakery",
    "beauty_spas": "beauty",
    "cafes": "cafe",
    "view_points": "viewpoint",
    "monuments": "memorial",
    "gardens": "garden",
}
"""The set's columns and this project's place types."""

FILE = "place_category_ratings_train.parquet"

_FOLDS = 5
_RIDGE = 10.0


def evaluate_type_preferences(folder: Path, repeats: int = 1000) -> dict[str, Any]:
    """Leave-one-type-out errors of the folder's file.

    Raises:
        InputError: the file is not there or lacks a column.
    """
    from recommender.taxonomy import TYPES

    columns = read_columns(Path(folder) / FILE, required=("user", *TYPE_OF_COLUMN))
    try:
        table = np.array([columns[name].to_pylist() for name in TYPE_OF_COLUMN], dtype=np.float64).T
    except (TypeError, ValueError) as error:
        raise InputError(f"{folder}/{FILE}: numbers were expected in the columns of types") from error
    groups = [TYPES[kind].group for kind in TYPE_OF_COLUMN.values()]
    return leave_one_type_out(table, groups, repeats)


def leave_one_type_out(
    ratings: NDArray[np.float64], groups: list[str], repeats: int = 1000
) -> dict[str, Any]:
    """Errors of four predictions of every rating.

    Args:
        ratings: float64 (people, types).
        groups: group of each type.
        repeats: draws of the bootstrap.

    Returns:
        For JSON: people, types, and `rmse` of each prediction: `type` (its mean), `person` (+ how the
        person rates other types), `group` (+ how the person rates other types of the same group),
        `all_types` (a ridge regression on every other type); `mse_gain` of person over type, group over
        person and all_types over group; `types_with_group`: how many types have another of their group.
    """
    people, types = ratings.shape
    fold = np.random.default_rng(0).permutation(people) % _FOLDS
    errors = {name: np.zeros((people, types)) for name in ("type", "person", "group", "all_types")}
    names = np.array(groups)
    for left_out in range(_FOLDS):
        train, test = fold != left_out, fold == left_out
        centred = ratings - ratings[train].mean(axis=0)
        for column in range(types):
            others = np.delete(np.arange(types), column)
            alike = others[names[others] == names[column]]
            person = centred[:, others].mean(axis=1)
            own_group = centred[:, alike].mean(axis=1) if len(alike) else np.zeros(people)
            wanted = centred[:, column]
            inputs = {
                "type": np.zeros((people, 0)),
                "person": person[:, None],
                "group": np.stack([person, own_group], axis=1),
                "all_types": centred[:, others],
            }
            for name, values in inputs.items():
                guess = _ridge(values[train], wanted[train], values[test])
                errors[name][test, column] = (guess - wanted[test]) ** 2
    bootstrap = ClusteredBootstrap(np.arange(people), repeats)
    steps = (("type", "person"), ("person", "group"), ("group", "all_types"))
    return {
        "people": people,
        "types": types,
        "types_with_group": int(sum(np.count_nonzero(names == name) > 1 for name in names)),
        "rmse": {name: round(float(np.sqrt(values.mean())), 4) for name, values in errors.items()},
        "mse_gain": {
            after: {**bootstrap.mean((errors[before] - errors[after]).mean(axis=1)).as_dict(), "from": before}
            for before, after in steps
        },
    }


def _ridge(
    inputs: NDArray[np.float64], wanted: NDArray[np.float64], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    if not inputs.shape[1]:
        return np.zeros(len(asked))
    gram = inputs.T @ inputs + _RIDGE * np.eye(inputs.shape[1])
    result: NDArray[np.float64] = asked @ np.linalg.solve(gram, inputs.T @ wanted)
    return result
