import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.profile import ProfileBuilder, ProfileSettings, Timelines
from emopoi.types import FER7


def timelines(readings, **changes):
    kept = Timelines(ProfileSettings(**changes))
    for reading in readings:
        kept.add(reading)
    return kept.build()


@settings(max_examples=60, deadline=None)
@given(
    steps_ms=st.lists(st.integers(0, 2500), min_size=1, max_size=60),
    start_ms=st.integers(0, 10**7),
    bins=st.integers(2, 40),
)
def test_no_time_is_lost_however_the_bins_merge(make_reading, steps_ms, start_ms, bins):
    times_ms = start_ms + np.cumsum(steps_ms)
    readings = [make_reading(FER7[k % 7], float(t), confidence=0.5) for k, t in enumerate(times_ms)]
    changes = {"timeline_bins": bins, "stills": False, "min_track_s": 0.0}
    timeline = timelines(readings, **changes)[1]
    builder = ProfileBuilder(ProfileSettings(**changes))
    for reading in readings:
        builder.add(reading)
    (person,) = builder.build("clip.mp4").people
    assert 1 <= len(timeline.observed_s) <= bins
    assert timeline.observed_s.sum() == pytest.approx(person.observed_s, abs=2e-3)
    shares = np.nansum(timeline.fer7 * timeline.observed_s[:, None], axis=0) / timeline.observed_s.sum()
    assert shares == pytest.approx(np.array(list(person.fer7.values())), abs=2e-3)
    assert timeline.start_s <= times_ms[0] / 1000.0 + 1e-6
    assert timeline.edges_s[-1] >= times_ms[-1] / 1000.0 - 1e-6


def test_bins_show_what_was_shown_when(make_reading):
    readings = [make_reading("happy" if k < 50 else "sad", 100.0 * k) for k in range(100)]
    timeline = timelines(readings)[1]
    assert timeline.bin_s == 0.05 and timeline.start_s == 0.0
    assert len(timeline.observed_s) == 200
    middle_s = (timeline.edges_s[:-1] + timeline.edges_s[1:]) / 2.0
    assert np.allclose(timeline.fer7[middle_s < 5.0, FER7.index("happy")], 1.0)
    assert np.allclose(timeline.fer7[middle_s > 5.0, FER7.index("sad")], 1.0)
    assert np.allclose(timeline.confidence, 0.9)


def test_an_absence_is_empty(make_reading):
    readings = [make_reading("happy", 100.0 * k) for k in range(10)]
    readings += [make_reading("sad", 5000.0 + 100.0 * k) for k in range(10)]
    timeline = timelines(readings)[1]
    away = (timeline.edges_s[:-1] >= 1.05) & (timeline.edges_s[1:] <= 4.95)
    assert away.sum() > 70
    assert not timeline.seen[away].any() and np.isnan(timeline.fer7[away]).all()
    assert not timeline.abstained[away].any()
    assert timeline.seen.sum() * timeline.bin_s == pytest.approx(2.0, abs=0.11)


def test_unsure_moments_abstain(make_reading):
    readings = [make_reading("happy", 100.0 * k, confidence=0.9 if k < 20 else 0.1) for k in range(40)]
    timeline = timelines(readings)[1]
    assert not timeline.abstained[:40].any() and timeline.abstained[40:].all()


def test_a_person_who_comes_late_starts_late(make_reading):
    timeline = timelines([make_reading("happy", 3_600_000.0 + 100.0 * k) for k in range(10)])[1]
    assert timeline.start_s == pytest.approx(3600.0)
    assert len(timeline.observed_s) == 20


def test_a_photo_is_one_reading(make_reading):
    built = timelines([make_reading("happy", 0.0, 1), make_reading("sad", 0.0, 2)])
    assert [timeline.readings for timeline in built.values()] == [1, 1]
    assert built[1].observed_s.sum() == pytest.approx(1.0)


def test_a_clock_that_jumps_back_loses_nothing(make_reading):
    times_ms = [*range(5000, 6000, 100), *range(0, 1000, 100)]
    timeline = timelines([make_reading("happy", float(t)) for t in times_ms])[1]
    assert timeline.observed_s.sum() == pytest.approx(2.0)


def test_build_may_be_called_at_any_time(make_reading):
    often, once = Timelines(), Timelines()
    for k in range(80):
        reading = make_reading(FER7[k % 7], 130.0 * k)
        often.add(reading)
        once.add(reading)
        often.build()
    first, second = often.build()[1], once.build()[1]
    assert np.array_equal(first.fer7, second.fer7, equal_nan=True)
    assert np.array_equal(first.observed_s, second.observed_s)


def test_ten_hours_fit_into_the_same_memory(make_reading):
    kept = Timelines()
    shares = make_reading("happy").fer7
    sizes = []
    tracemalloc.start()
    try:
        for k in range(12_000):  # every 3 s for ten hours
            kept.add(make_reading(shares, 3000.0 * k))
            if k in (2000, 11_999):
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[1] < 150_000 and sizes[1] - sizes[0] < 20_000
    timeline = kept.build()[1]
    assert 300 <= len(timeline.observed_s) <= 600
    assert timeline.edges_s[-1] == pytest.approx(36_000.0, abs=2 * timeline.bin_s)


def test_nobody():
    assert Timelines().build() == {}
