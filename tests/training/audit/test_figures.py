"""Figures by group: who is in which, how wide intervals are, what is called worse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.audit.figures import FEWEST, Measure, ScoredRows, clearly_worse, figures_of
from training.audit.grouping import LABELLED, by_age, by_band, by_name, by_quarter
from training.audit.intervals import mean_interval, wilson


@given(st.integers(1, 400).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_wilson_holds_the_share_and_stays_within(case):
    right, count = case
    found = wilson(right, count)
    assert 0.0 <= found.low <= found.value + 1e-12 and found.value - 1e-12 <= found.high <= 1.0
    assert found.high - found.low > 0.0
    assert wilson(10 * right, 10 * count).high - wilson(10 * right, 10 * count).low < found.high - found.low


def test_wilson_by_hand():
    # Newcombe 1998, table I: 81 of 263.
    found = wilson(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


def test_intervals_cover_what_they_should():
    random = np.random.default_rng(0)
    covered = [
        found.low <= 3.0 <= found.high
        for found in (mean_interval(random.normal(3.0, 2.0, 60)) for _ in range(150))
    ]
    assert 0.88 <= np.mean(covered) <= 0.99


def test_rows_of_one_person_count_as_one():
    random = np.random.default_rng(1)
    persons = np.repeat(np.arange(8), 30)
    values = (random.random(8) > 0.5).astype(float)[persons]
    alone, together = mean_interval(values), mean_interval(values, persons)
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_ages_are_in_the_bands_of_the_evaluation():
    groups = by_age(np.array([0.0, 2.9, 3.0, 69.0, 70.0, 101.0, np.nan]), LABELLED).groups
    assert list(groups) == ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+"]
    assert {name: np.flatnonzero(rows).tolist() for name, rows in groups.items() if rows.any()} == {
        "0-2": [0, 1], "3-9": [2], "60-69": [3], "70+": [4, 5],
    }  # fmt: skip


def test_quarters_are_of_as_many_rows_and_tell_their_limits():
    groups = by_quarter("size", np.append(np.arange(100.0), np.nan), "smallest", "largest", 1, "px").groups
    assert [int(rows.sum()) for rows in groups.values()] == [25, 25, 25, 25]
    assert next(iter(groups)) == "smallest, below 24.8 px" and not any(rows[100] for rows in groups.values())


def test_no_row_is_in_two_groups_and_none_is_lost():
    values = np.random.default_rng(2).uniform(0, 255, 500)
    bands = by_band("brightness", "measured", values, (60.0, 100.0), ("dark", "middle", "light"))
    assert (np.sum(list(bands.groups.values()), axis=0) == 1).all()
    named = by_name("gender", LABELLED, ["male", "", "female", "male"])
    assert {name: rows.tolist() for name, rows in named.groups.items()} == {
        "female": [False, False, True, False], "male": [True, False, False, True],
    }  # fmt: skip


@pytest.fixture
def scored():
    """A file that is right on everybody but the old, whose years are far off."""
    old = np.arange(300) >= 200
    hit = np.where(old, np.arange(300) % 3 == 0, True).astype(float)
    error = np.where(old, 9.0, 2.0) + np.arange(300) % 5
    few = np.arange(300) < FEWEST - 1
    attributes = [
        by_age(np.where(old, 75.0, 25.0), LABELLED),
        by_name("other", LABELLED, np.where(few, "few", "many").tolist()),
    ]
    measures = {"accuracy": Measure(hit), "error": Measure(error, "years", "low", 1)}
    return ScoredRows("a.parquet", "pictures", measures, attributes)


def test_who_fares_worse_is_said(scored):
    told = figures_of(scored)
    assert told["groups"][0]["attribute"] == "all" and told["groups"][0]["n"] == 300
    lines = clearly_worse(told)
    assert len(lines) == 2 and all(line.startswith("age 70+: ") for line in lines)
    assert "accuracy 0.330 (all: 0.777)" in lines[0] and "error 11.0 (all: 6.3)" in lines[1]


def test_small_groups_have_no_figures(scored):
    groups = {group["group"]: group for group in figures_of(scored)["groups"]}
    assert groups["few"]["n"] == FEWEST - 1 and "value" not in groups["few"]["accuracy"]
    assert "value" in groups["many"]["accuracy"]


def test_rows_that_do_not_count_are_left_out(scored):
    values = scored.measures["accuracy"].values
    values[:100] = np.nan
    told = figures_of(scored)["groups"][0]
    assert told["n"] == 300 and told["accuracy"]["n"] == 200
