from hypothesis import given, settings
from hypothesis import strategies as st

from training.datasets.splits import TENTHS, parts_of

NAMES = st.sets(st.integers(0, 10**6).map(str), min_size=1, max_size=40).map(sorted)


@settings(max_examples=40, deadline=None)
@given(NAMES, st.randoms(use_true_random=False))
def test_parts_depend_on_names_alone(names, random):
    parts = parts_of(names, TENTHS)
    shuffled = list(names) * 2
    random.shuffle(shuffled)
    assert parts_of(shuffled, TENTHS) == parts
    assert set(parts) == set(names) and set(parts.values()) <= set(TENTHS)


def test_more_persons_move_nobody():
    few, many = ([f"set {number}" for number in range(count)] for count in (300, 3000))
    before, after = parts_of(few, TENTHS), parts_of(many, TENTHS)
    assert all(after[name] == part for name, part in before.items())
    shares = [list(after.values()).count(part) / len(many) for part in TENTHS]
    assert abs(shares[0] - 0.8) < 0.03 and abs(shares[1] - 0.1) < 0.02


def test_few_persons_still_fill_every_part():
    assert set(parts_of(["anna", "ben", "carl"], TENTHS).values()) == set(TENTHS)
