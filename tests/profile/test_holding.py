import pytest

from emopoi.profile.holding import HoldingTime
from emopoi.profile.settings import ProfileSettings


def held(times_ms, **settings):
    clock = HoldingTime(ProfileSettings(**settings))
    seconds = [clock.next(time_ms) for time_ms in times_ms]
    assert seconds[0] is None
    return [*seconds[1:], clock.last(still=False)]


def test_a_reading_holds_until_the_next_and_the_last_as_long_as_the_one_before():
    assert held([0, 100, 150, 350]) == pytest.approx([0.1, 0.05, 0.2, 0.2])


def test_an_absence_does_not_count():
    assert held([0, 100, 5000, 5100]) == pytest.approx([0.1, 0.1, 0.1, 0.1])


def test_slow_sampling_gives_every_reading_the_same_weight():
    assert held([0, 1000, 2000]) == pytest.approx([0.5, 0.5, 0.5])


def test_a_lone_reading_counts_a_little_in_a_video_and_a_unit_as_a_photo():
    clock = HoldingTime(ProfileSettings(lone_reading_s=0.03, still_s=2.0))
    assert clock.next(123.0) is None
    assert clock.last(still=False) == 0.03
    assert clock.last(still=True) == 2.0


def test_two_readings_of_one_moment_count_once():
    assert held([0, 100, 100, 200]) == pytest.approx([0.1, 0.0, 0.1, 0.1])


def test_a_clock_that_jumps_back_is_an_absence():
    assert held([5000, 5100, 0, 100]) == pytest.approx([0.1, 0.1, 0.1, 0.1])


def test_photos_do_not_hold_until_the_next():
    assert held([0, 100, 5000], stills=True)[:2] == [1.0, 1.0]
