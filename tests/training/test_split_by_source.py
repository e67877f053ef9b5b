import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from training.split_by_source import PARTS, split_by_source

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=40, max_size=200)


@settings(max_examples=30)
@given(rows, st.integers(0, 5))
def test_no_source_is_on_both_sides(rows, seed):
    rows = rows + [(label, 1000 + 10 * label + extra) for label in range(4) for extra in range(3)]
    label = np.array([row[0] for row in rows])
    sources = [f"s{row[1]}" for row in rows]
    split = split_by_source(label, sources, seed=seed)
    for wanted in range(4):
        assert set(split.part[label == wanted]) == {0, 1, 2}
    for source in set(sources):
        mine = {
            part
            for part, name, own in zip(split.part, sources, label, strict=True)
            if name == source and own not in split.within_a_source
        }
        assert len(mine) <= 1


def test_many_sources_are_never_torn():
    random = np.random.default_rng(3)
    label = random.integers(0, 4, 300)
    split = split_by_source(label, [f"s{number}" for number in random.integers(0, 60, 300)])
    assert split.within_a_source == ()


def test_three_sources_of_unequal_size_suffice():
    label = np.r_[np.zeros(110, int), np.ones(30, int)]
    sources = ["a"] * 100 + ["b"] * 5 + ["c"] * 5 + [f"s{row}" for row in range(30)]
    split = split_by_source(label, sources)
    assert split.within_a_source == () and (split.part[:100] == 0).all()


@settings(max_examples=30)
@given(st.integers(30, 300), st.integers(0, 9))
def test_single_pictures_are_held_in_the_shares_wanted(count, seed):
    label = np.arange(count) % 3
    split = split_by_source(label, [f"s{row}" for row in range(count)], seed=seed)
    for wanted in range(3):
        mine = split.part[label == wanted]
        for place, share in enumerate((0.65, 0.15, 0.20)):
            assert abs((mine == place).sum() - share * len(mine)) <= 1.5


def test_another_seed_another_split():
    label = np.arange(90) % 3
    sources = [f"s{row}" for row in range(90)]
    first, again, other = (split_by_source(label, sources, seed=seed).part for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@settings(max_examples=30)
@given(st.integers(3, 60), st.integers(1, 4))
def test_a_label_of_one_source_is_cut_in_the_order_of_time_and_told(count, copies):
    pictures = [f"p{row}" for row in range(count) for _ in range(copies)]
    label = np.r_[np.zeros(count * copies, int), np.ones(30, int)]
    sources = ["one video"] * (count * copies) + [f"s{row}" for row in range(30)]
    split = split_by_source(label, sources, pictures + [f"q{row}" for row in range(30)])
    assert split.within_a_source == (0,)
    mine = split.part[: count * copies]
    assert (np.diff(mine) >= 0).all() and set(mine) == {0, 1, 2}
    for picture in set(pictures):
        assert len({part for part, name in zip(mine, pictures, strict=True) if name == picture}) == 1


def test_too_few_pictures_and_unequal_lengths_are_refused():
    with pytest.raises(InputError, match=f"at least {len(PARTS)}"):
        split_by_source(np.zeros(2, int), ["a", "a"])
    with pytest.raises(InputError, match="rows"):
        split_by_source(np.zeros(2, int), ["a"])
