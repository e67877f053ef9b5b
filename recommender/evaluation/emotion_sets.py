"""What emotion adds to a prediction of ratings, on published sets of ratings in context.

Every set is predicted by folds with the additive model of `rating_model`: user + item first, then with
context, with emotion, with emotion crossed with the item's category, with all. What a term adds is the
fall of the squared error, with an interval by drawing users anew.

Only columns that a person could have told before the rated event are read. LDOS-CoMoDa's endEmo and
dominantEmo were felt during or after the film: they tell the outcome and are not read at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.check_ins import read_columns
from recommender.evaluation.intervals import ClusteredBootstrap
from recommender.evaluation.rating_model import Term, predict_left_out, word_term

RIDGE = 5.0
"""Rows' worth of zeros that shrink each effect; one number for all terms and sets."""


@dataclass(frozen=True, slots=True)
class RatingSet:
    """Columns of a set of ratings that may be used.

    Attributes:
        file: name in the folder.
        user: column of the user.
        item: column of the item.
        rating: column of the rating.
        context: columns known before the event that are not emotion.
        emotion: columns of emotion or mood known before the event.
        category: column of the item's kind, or None.
    """

    file: str
    user: str
    item: str
    rating: str
    context: tuple[str, ...]
    emotion: tuple[str, ...]
    category: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        kind = () if self.category is None else (self.category,)
        return (self.user, self.item, self.rating, "fold", *self.context, *self.emotion, *kind)


RATING_SETS: dict[str, RatingSet] = {
    "sts": RatingSet(
        "sts_train.parquet",
        "userID",
        "itemID",
        "rating",
        (
            "distance",
            "timeAvailable",
            "temperature",
            "crowdedness",
            "knowledgeOfSurroundings",
            "season",
            "budget",
            "daytime",
            "weather",
            "companion",
            "weekday",
            "travelGoal",
            "transport",
        ),
        ("mood",),
        "category1",
    ),
    "ldos_comoda": RatingSet(
        "ldos_comoda_train.parquet",
        "userID",
        "itemID",
        "rating",
        (
            "time",
            "daytype",
            "season",
            "location",
            "weather",
            "social",
            "physical",
            "decision",
            "interaction",
        ),
        ("mood",),
        "genre1",
    ),
    "incarmusic": RatingSet(
        "incarmusic_train.parquet",
        "UserID",
        "ItemID",
        "Rating",
        ("DrivingStyle", "landscape", "naturalphenomena", "RoadType", "trafficConditions", "weather"),
        ("mood", "sleepiness"),
    ),
    "tripadvisor_hotels": RatingSet(
        "tripadvisor_hotels_train.parquet", "UserID", "ItemID", "Rating", ("TripType",), ()
    ),
}
"""The sets by name. STS: Elahi et al. (2013), Braunhofer et al. (2013); LDOS-CoMoDa: Odic, Tkalcic,
Tasic & Kosir (2013); InCarMusic: Baltrunas et al. (2011); TripAdvisor: Zheng et al. (2014)."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """A set of ratings in memory.

    Attributes:
        rating: float64 (N,).
        fold: int64 (N,).
        words: the other columns, N values each, None where not told.
    """

    rating: NDArray[np.float64]
    fold: NDArray[np.int64]
    words: Mapping[str, list[Any]]

    def term(self, column: str, ridge: float = RIDGE) -> Term:
        """The effects of a column's words."""
        return word_term(column, self.words[column], ridge)

    def crossed(self, first: str, second: str, ridge: float = RIDGE) -> Term:
        """The effects of pairs of words; none where one of the two was not told."""
        pairs = [
            None if one is None or other is None else (one, other)
            for one, other in zip(self.words[first], self.words[second], strict=True)
        ]
        return word_term(f"{first} x {second}", pairs, ridge)


def read_ratings(file: Path, rating_set: RatingSet) -> Ratings:
    """Read the columns of the set that may be used, and no other.

    Raises:
        InputError: the file cannot be read, lacks a column, or has a rating or fold that is no number.
        MissingPartError: pyarrow is not installed.
    """
    columns = read_columns(file, required=rating_set.columns)
    words = {name: column.to_pylist() for name, column in columns.items()}
    try:
        rating = np.array([float(value) for value in words.pop(rating_set.rating)])
        fold = np.array([int(value) for value in words.pop("fold")], dtype=np.int64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{file}: numbers were expected in {rating_set.rating} and fold") from error
    return Ratings(rating, fold, words)


def evaluate_rating_set(ratings: Ratings, rating_set: RatingSet, repeats: int = 1000) -> dict[str, Any]:
    """Errors of the models, and what context and emotion add.

    Returns:
        For JSON: rows, users, rows_with_emotion; `rmse` by model; `mse_gain` by addition, each an
        interval (positive: the error falls) with the two models that it compares.
    """
    base = [ratings.term(rating_set.user), ratings.term(rating_set.item)]
    context = [ratings.term(column) for column in rating_set.context]
    emotion = [ratings.term(column) for column in rating_set.emotion]
    models: dict[str, list[Term]] = {"user_item": base, "context": base + context}
    gains: dict[str, tuple[str, str]] = {"context": ("user_item", "context")}
    if emotion:
        models |= {"emotion": base + emotion, "context_emotion": base + context + emotion}
        gains |= {
            "emotion": ("user_item", "emotion"),
            "emotion_beside_context": ("context", "context_emotion"),
        }
    if emotion and rating_set.category is not None:
        kind = [ratings.term(rating_set.category)]
        crossed = [ratings.crossed(column, rating_set.category) for column in rating_set.emotion]
        models |= {
            "category": base + kind,
            "category_emotion": base + kind + emotion,
            "category_emotion_crossed": base + kind + emotion + crossed,
            "everything": base + kind + context + emotion + crossed,
        }
        gains |= {
            # The category by itself adds something: what it adds is not owed to emotion.
            "category": ("user_item", "category"),
            "emotion_beside_category": ("category", "category_emotion"),
            "emotion_and_crossed_beside_category": ("category", "category_emotion_crossed"),
            "crossed_beside_emotion": ("category_emotion", "category_emotion_crossed"),
        }
    squared = {
        name: (predict_left_out(ratings.rating, terms, ratings.fold) - ratings.rating) ** 2
        for name, terms in models.items()
    }
    bootstrap = ClusteredBootstrap(ratings.words[rating_set.user], repeats)
    told = _told(ratings, rating_set.emotion)
    return {
        "rows": len(ratings.rating),
        "users": len(set(ratings.words[rating_set.user])),
        "rows_with_emotion": int(told.sum()),
        "rmse": {name: round(float(np.sqrt(errors.mean())), 4) for name, errors in squared.items()},
        "mse_gain": {
            name: {
                **bootstrap.mean(squared[before] - squared[after]).as_dict(),
                "from": before,
                "to": after,
            }
            for name, (before, after) in gains.items()
        },
    }


def evaluate_emotion_sets(folder: Path, repeats: int = 1000) -> dict[str, Any]:
    """Every set of `RATING_SETS` that the folder has; the others are named as missing.

    Raises:
        InputError: no such folder, or it has none of the sets.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: a folder with rating sets was expected, there is none")
    result: dict[str, Any] = {}
    for name, rating_set in RATING_SETS.items():
        file = folder / rating_set.file
        if file.is_file():
            result[name] = evaluate_rating_set(read_ratings(file, rating_set), rating_set, repeats)
        else:
            result[name] = {"status": "missing", "message": f"{rating_set.file} is not in the folder"}
    if all(row.get("status") == "missing" for row in result.values()):
        files = ", ".join(rating_set.file for rating_set in RATING_SETS.values())
        raise InputError(f"{folder}: one of {files} was expected, none is there")
    return result


def _told(ratings: Ratings, columns: Sequence[str]) -> NDArray[np.bool_]:
    told = np.zeros(len(ratings.rating), dtype=bool)
    for column in columns:
        told |= np.array([word is not None for word in ratings.words[column]])
    return told
