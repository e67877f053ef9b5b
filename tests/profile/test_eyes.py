import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.profile.eyes import LEAST_OPEN, MOST_OPEN, EyesOverTime

OPEN, SHUT = 0.34, 0.1


def watched(openings, step_ms=50.0):
    eyes = EyesOverTime()
    for place, opening in enumerate(openings):
        eyes.add_eyes(place * step_ms, opening)
    return eyes.summary()


def mouth(openings, step_ms=400.0):
    eyes = EyesOverTime()
    for place, opening in enumerate(openings):
        eyes.add_mouth(place * step_ms, opening)
    return eyes.summary()


def test_perclos_is_the_share_of_time_that_the_lids_are_shut():
    seen = watched(([OPEN] * 80 + [SHUT] * 20) * 5 + [OPEN])
    assert seen.perclos == pytest.approx(0.2) and seen.measured_s == pytest.approx(25.0)
    assert seen.open_level == pytest.approx(OPEN, abs=0.01)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(1, 900)), min_size=2, max_size=200))
def test_any_measurements_give_sums_that_hold_together(steps):
    eyes, time_ms = EyesOverTime(), 0.0
    for opening, step_ms in steps:
        eyes.add_eyes(time_ms, opening)
        eyes.add_mouth(time_ms, opening)
        time_ms += step_ms
    seen = eyes.summary()
    assert 0.0 <= seen.perclos <= 1.0 and LEAST_OPEN <= seen.open_level <= MOST_OPEN
    assert 0.0 <= seen.measured_s <= time_ms / 1000 + 1e-9
    assert seen.blinks + seen.long_closures <= len(steps)


@given(st.integers(1, 8), st.floats(0.28, 0.4))
def test_thinning_the_measurements_does_not_move_perclos(thin, open_level):
    openings = np.repeat(([open_level] * 9 + [0.3 * open_level]) * 6, 24)
    every, few = watched(openings, 20.0), watched(openings[::thin], 20.0 * thin)
    assert few.perclos == pytest.approx(every.perclos, abs=0.02)


def test_blinks_are_counted_with_their_length_and_long_closures_apart():
    seen = watched([OPEN] * 40 + [SHUT] * 4 + [OPEN] * 40 + [SHUT] * 6 + [OPEN] * 40 + [SHUT] * 30 + [OPEN])
    assert (seen.blinks, seen.long_closures) == (2, 1)
    assert seen.blink_ms == pytest.approx(250.0)


def test_narrow_eyes_are_judged_by_themselves():
    # The same opening is shut for wide eyes and open for narrow ones.
    assert watched([0.40] * 80 + [0.20] * 20).perclos == pytest.approx(0.2, abs=0.02)
    assert watched([0.25] * 80 + [0.20] * 20).perclos == 0.0


def test_eyes_that_never_open_are_shut_all_the_time():
    assert watched([SHUT] * 100).perclos == 1.0


def test_time_away_counts_neither_as_open_nor_as_shut():
    eyes = EyesOverTime()
    for time_ms in (0.0, 50.0, 100.0, 60_000.0, 60_050.0):
        eyes.add_eyes(time_ms, SHUT if time_ms >= 100 else OPEN)
    seen = eyes.summary()
    assert seen.measured_s == pytest.approx(0.15) and seen.long_closures == 0


@pytest.mark.parametrize(
    ("openings", "yawns"),
    [
        ([0.0] * 5 + [0.8] * 10 + [0.0] * 5 + [0.9] * 12, 2),  # four seconds each
        ([0.0, 0.8, 0.8, 0.8, 0.8, 0.0] * 5, 0),  # shouts of a good second
        ([0.1, 0.4, 0.2, 0.5] * 10, 0),  # speech
        ([0.8] * 100, 1),  # held for 40 s it is one
    ],
)
def test_yawns_are_mouths_held_wide_open(openings, yawns):
    assert mouth(openings).yawns == yawns


def test_memory_does_not_grow():
    eyes = EyesOverTime()
    for place in range(5000):
        eyes.add_eyes(place * 40.0, OPEN if place % 50 else SHUT)
        eyes.add_mouth(place * 40.0, 0.1)
    held = [getattr(eyes, name) for name in EyesOverTime.__slots__]
    assert sum(len(value) for value in held if isinstance(value, list)) == 64
    assert all(isinstance(value, int | float | bool | list | None) for value in held)
