import itertools

from emopoi.runtime.estimate_schedule import EstimateSchedule, EstimateSettings


def test_schedule_looks_often_at_first_then_seldom_and_stops():
    settings = EstimateSettings(first=3, first_every_ms=100, every_ms=1000, most=6)
    schedule = EstimateSchedule(settings)
    due = [time for time in range(0, 20000, 20) if schedule.due(1, time, 1.0)]
    assert due[:3] == [0, 100, 200] and len(due) == 6
    assert all(later - sooner >= 1000 for sooner, later in itertools.pairwise(due[2:]))
    schedule.forget(1)
    assert schedule.due(1, 30000, 1.0)


def test_schedule_waits_for_a_better_view_but_not_for_ever():
    schedule = EstimateSchedule(EstimateSettings(patience_ms=500))
    due = [time for time in range(0, 1000, 50) if schedule.due(1, time, 0.1)]
    assert due[0] == 500
