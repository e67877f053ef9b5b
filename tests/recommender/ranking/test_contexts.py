import numpy as np
import pytest

from recommender.ranking.contexts import GAPS, HISTORIES, HOUR_BINS, gap_context, history_context, hour_bin


def test_parts_of_the_week() -> None:
    assert [int(hour_bin(2, hour)) for hour in (0, 4, 5, 9, 10, 12, 15, 18, 21, 23)] == [
        0, 0, 1, 1, 2, 3, 4, 5, 6, 6,
    ]  # fmt: skip
    for weekday in range(7):
        for hour in range(24):
            assert int(hour_bin(weekday, hour)) == int(hour_bin(0, hour)) + 7 * (weekday >= 5)
    whole = hour_bin(np.repeat(np.arange(7), 24), np.tile(np.arange(24), 7))
    assert set(whole.tolist()) == set(range(HOUR_BINS))


def test_columns_of_small_integers_are_told_as_numbers_are() -> None:
    weekday, hour = np.array([0, 6], np.int8), np.array([23, 3], np.int8)
    assert hour_bin(weekday, hour).tolist() == [int(hour_bin(0, 23)), int(hour_bin(6, 3))]


@pytest.mark.parametrize(
    ("gap_s", "context"), [(0, 0), (7199, 0), (7200, 1), (35_999, 1), (36_000, 2), (10**9, 2), (-60, 0)]
)
def test_time_since_the_last_visit(gap_s: int, context: int) -> None:
    assert gap_context(np.array([5, 1_000_000]), 1_000_000 + gap_s) == context


def test_nothing_known() -> None:
    assert GAPS[gap_context(np.zeros(0, np.int64), 7)] == "no visit yet"
    assert [history_context(count) for count in (0, 1, 3, 4, 14, 15, 900)] == [0, 1, 1, 2, 2, 3, 3]
    assert len(HISTORIES) == len(GAPS) == 4
