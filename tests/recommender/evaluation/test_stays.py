from collections.abc import Callable
from pathlib import Path

import pytest

from emopoi.errors import InputError
from recommender.evaluation.stays import FILE, evaluate_stays


def test_visits_without_a_length_are_left_out(write_table: Callable[..., Path]) -> None:
    file = write_table(
        FILE,
        user=[1, 1, 2, 3, 3],
        category=["Beach", "Beach", "Beach", "Beach", "Sport"],
        stay_s=[600, 0, 1800, 100_000, 60],
        n_photo=[2, 1, 5, 9, 2],
    )
    result = evaluate_stays(file.parent)
    assert result["visits"] == 5 and result["with_length"] == 3
    assert result["themes"]["Beach"] == {
        "visits": 2,
        "people": 2,
        "q25_min": 15.0,
        "median_min": 20.0,
        "q75_min": 25.0,
    }
    assert set(result["themes"]) == {"Beach", "Sport"}


def test_a_wrong_column_is_said(write_table: Callable[..., Path]) -> None:
    file = write_table(FILE, user=[1], category=["Beach"], stay_s=["long"], n_photo=[2])
    with pytest.raises(InputError, match="numbers were expected"):
        evaluate_stays(file.parent)
