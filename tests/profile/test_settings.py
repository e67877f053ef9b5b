import math

import pytest

from emopoi.errors import InputError
from emopoi.profile import ProfileSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_gap_s", 0.0),
        ("lone_reading_s", -1.0),
        ("still_s", math.nan),
        ("min_track_s", -0.1),
        ("min_observed_s", math.inf),
        ("min_confidence", 1.1),
        ("half_time_s", "1"),
        ("half_readings", None),
        ("weight_floor", 0.0),
        ("timeline_bins", 1),
        ("timeline_bins", 2.5),
        ("timeline_bin_s", 0.0),
        ("stills", "yes"),
    ],
)
def test_a_number_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(InputError, match=name):
        ProfileSettings(**{name: value})


def test_the_edges_of_the_ranges_are_allowed():
    settings = ProfileSettings(
        min_track_s=0, min_observed_s=0, min_confidence=1, timeline_bins=2, stills=False
    )
    assert settings.min_confidence == 1
