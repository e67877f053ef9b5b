from hypothesis import given
from hypothesis import strategies as st

from emopoi.vision.frame_sampling import Wanted


@given(st.floats(5, 60), st.floats(1, 30))
def test_about_as_many_as_asked_for(fps, sample_fps):
    wanted = Wanted(sample_fps)
    kept = sum(wanted(i * 1000 / fps) for i in range(round(fps * 10)))
    assert abs(kept - 10 * min(fps, sample_fps)) <= 2 + 0.05 * kept


@given(st.lists(st.floats(0, 20_000), min_size=1))
def test_never_closer_than_asked_for_on_average_and_no_burst_after_a_gap(times):
    wanted = Wanted(10)
    kept = [time for time in sorted(times) if wanted(time)]
    assert kept[0] == min(times)
    assert len(kept) <= (kept[-1] - kept[0]) / 100 + 2


def test_none_keeps_all():
    wanted = Wanted(None)
    assert all(wanted(time) for time in (0, 0.1, 0.2))
