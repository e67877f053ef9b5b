from pathlib import Path

import numpy as np
import pytest

from emopoi.errors import InputError
from recommender.evaluation.type_preferences import evaluate_type_preferences, leave_one_type_out


def test_groups_help_where_taste_follows_them() -> None:
    generator = np.random.default_rng(0)
    taste = generator.normal(size=(300, 3))
    ratings = np.repeat(taste, 4, axis=1) + 0.3 * generator.normal(size=(300, 12))
    right = leave_one_type_out(ratings, [name for name in "abc" for _ in range(4)], repeats=50)
    wrong = leave_one_type_out(ratings, list("abcabcabcabc"), repeats=50)
    assert right["mse_gain"]["group"]["low"] > 0.3
    assert right["rmse"]["group"] < 0.5 < wrong["rmse"]["group"]
    assert right["types_with_group"] == 12


def test_noise_gains_nothing() -> None:
    ratings = np.random.default_rng(0).normal(size=(400, 6))
    result = leave_one_type_out(ratings, list("aabbcc"), repeats=50)
    assert all(abs(row["value"]) < 0.02 for row in result["mse_gain"].values())


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        evaluate_type_preferences(tmp_path)


def test_on_the_review_ratings_a_group_tells_more_than_the_person(data_dir: Path) -> None:
    result = evaluate_type_preferences(data_dir / "poi", repeats=100)
    assert result["people"] == 3804 and result["types"] == 24
    assert result["mse_gain"]["group"]["low"] > 0.0
