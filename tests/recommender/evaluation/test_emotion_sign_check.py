from pathlib import Path

import numpy as np
import pytest

from recommender.evaluation.emotion_sets import Ratings
from recommender.evaluation.emotion_sign_check import (
    STATE_OF_MOOD,
    asked_qualities,
    check_signs,
    check_signs_of_file,
    table_terms,
)

ASKED = {
    "Happy": np.array([1.0, 0.0]),
    "Excited": np.array([0.9, 0.1]),
    "Exhausted": np.array([0.0, 0.9]),
    "Sad": np.array([0.0, 1.0]),
}


def made(strength: float, seed: int = 0) -> Ratings:
    """Categories have one of two qualities; moods ask for them as `ASKED` says, times strength."""
    generator = np.random.default_rng(seed)
    count = 1500
    mood = generator.choice([*STATE_OF_MOOD, "none"], count, p=[0.15, 0.15, 0.15, 0.15, 0.4])
    category = generator.integers(6, size=count)
    wanted = np.zeros(count)
    for row in range(count):
        if mood[row] != "none":
            wanted[row] = ASKED[STATE_OF_MOOD[mood[row]]][category[row] % 2] - 0.5
    rating = 3.0 + strength * wanted + generator.normal(size=count) * 0.5
    return Ratings(
        rating=rating,
        fold=np.arange(count) % 5,
        words={
            "userID": generator.integers(40, size=count).tolist(),
            "itemID": generator.integers(50, size=count).tolist(),
            "mood": [None if value == "none" else str(value) for value in mood],
            "category1": category.tolist(),
        },
    )


def test_a_table_that_holds_gains_and_few_orders_do_as_well() -> None:
    row = check_signs(made(1.0), {"made": ASKED})["table_made"]
    assert row["mse_gain"]["low"] > 0.01 and row["surely_not_worse"]
    assert row["orders"] == 24
    # Happy and active ask for nearly the same here, and so do sad and lazy: turning both pairs around
    # together is the same table with the qualities renamed.
    assert row["orders_as_good"] <= 8


def test_without_an_effect_little_is_lost() -> None:
    row = check_signs(made(0.0), {"made": ASKED}, all_orders=False)["table_made"]
    assert -0.01 < row["mse_gain"]["value"] < 0.002
    assert not row["surely_not_worse"]


def test_rows_without_a_mood_have_no_emotion_term() -> None:
    terms = table_terms(["happy", None, "strange"], [1, 1, 2], ASKED)
    assert [term.code.tolist() for term in terms] == [[0, -1, -1]] * 2


@pytest.mark.parametrize("mode", ["lift", "match"])
def test_the_projects_table_covers_the_moods(mode: str) -> None:
    asked = asked_qualities(mode)
    assert set(STATE_OF_MOOD.values()) <= set(asked)
    assert all(np.abs(asked[state]).sum() > 0 for state in STATE_OF_MOOD.values())


def test_on_sts_the_emotion_term_makes_nothing_worse(data_dir: Path) -> None:
    result = check_signs_of_file(data_dir / "poi", all_orders=False)
    assert result["rows_with_mood"] == 117
    for name in ("learned", "table_lift", "table_match"):
        assert result[name]["mse_gain"]["value"] >= 0.0, name
        assert result[name]["mse_gain"]["low"] > -0.005, name
