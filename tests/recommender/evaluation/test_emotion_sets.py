from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emopoi.errors import InputError
from recommender.evaluation.emotion_sets import (
    RATING_SETS,
    evaluate_emotion_sets,
    evaluate_rating_set,
    read_ratings,
)

LEAKING = ("endEmo", "dominantEmo")
LDOS = RATING_SETS["ldos_comoda"]


def made_ldos(write_table: Callable[..., Path], *, shuffle: str | None = None) -> Path:
    """Ratings that follow what was felt afterwards, and a little what was felt before."""
    generator = np.random.default_rng(3)
    count = 400
    felt = generator.choice(["happy", "sad"], count)
    mood = generator.choice(["positive", "negative"], count)
    rating = 3 + (felt == "happy") + 0.8 * (mood == "positive") + generator.normal(size=count) * 0.3
    columns: dict[str, list[object]] = {
        "userID": generator.integers(20, size=count).tolist(),
        "itemID": generator.integers(30, size=count).tolist(),
        "rating": np.clip(np.round(rating), 1, 5).astype(int).tolist(),
        "fold": (np.arange(count) % 5).tolist(),
        "genre1": generator.integers(3, size=count).tolist(),
        "mood": mood.tolist(),
        "endEmo": felt.tolist(),
        "dominantEmo": felt.tolist(),
    }
    for name in LDOS.context:
        columns[name] = generator.choice(["a", "b"], count).tolist()
    if shuffle is not None:
        order = generator.permutation(count)
        columns[shuffle] = [columns[shuffle][row] for row in order]
    return write_table("ldos_comoda_train.parquet", **columns)


@pytest.mark.parametrize("column", LEAKING)
def test_what_was_felt_afterwards_changes_nothing(column: str, write_table: Callable[..., Path]) -> None:
    folder = made_ldos(write_table).parent
    before = evaluate_emotion_sets(folder, repeats=50)
    made_ldos(write_table, shuffle=column)
    assert evaluate_emotion_sets(folder, repeats=50) == before


def test_what_was_felt_before_does_change_it(write_table: Callable[..., Path]) -> None:
    before = evaluate_rating_set(read_ratings(made_ldos(write_table), LDOS), LDOS, 50)
    after = evaluate_rating_set(read_ratings(made_ldos(write_table, shuffle="mood"), LDOS), LDOS, 50)
    assert before["mse_gain"]["emotion"]["low"] > 0.05
    assert after["mse_gain"]["emotion"]["value"] < 0.03
    assert before["rows_with_emotion"] == 400


def test_no_set_reads_a_leaking_column() -> None:
    for rating_set in RATING_SETS.values():
        assert not set(LEAKING) & set(rating_set.columns)
        assert not set(rating_set.context) & set(rating_set.emotion)


def test_what_is_wrong_is_said(tmp_path: Path, write_table: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="there is none"):
        evaluate_emotion_sets(tmp_path / "nowhere")
    with pytest.raises(InputError, match="none is there"):
        evaluate_emotion_sets(tmp_path)
    file = write_table("sts_train.parquet", userID=[1], itemID=[1])
    with pytest.raises(InputError, match="'rating' was expected"):
        read_ratings(file, RATING_SETS["sts"])


def test_the_published_sets(data_dir: Path) -> None:
    result = evaluate_emotion_sets(data_dir / "poi", repeats=200)
    expected = {  # simple ridge figures that come with the data
        "sts": {"user_item": 1.083, "context": 1.087, "context_emotion": 1.085},
        "ldos_comoda": {"user_item": 1.002, "context": 0.990, "emotion": 0.984, "context_emotion": 0.976},
        "incarmusic": {"user_item": 1.306, "context": 1.304, "emotion": 1.304, "context_emotion": 1.300},
    }
    for name, models in expected.items():
        for model, rmse in models.items():
            assert result[name]["rmse"][model] == pytest.approx(rmse, abs=0.0015), (name, model)
    assert result["tripadvisor_hotels"]["rows_with_emotion"] == 0
