"""How readings are weighed, and when a profile abstains."""

from __future__ import annotations

import math
from dataclasses import dataclass

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """Every number behind a profile.

    Attributes:
        max_gap_s: a reading holds until the same person's next one, but a longer silence than
            this means that the person was away, and does not count.
        lone_reading_s: what the only reading of a track in a video counts, seconds.
        still_s: what the reading of one photo counts, seconds (a nominal unit).
        stills: True where every reading is a photo of its own, False for a video or camera,
            None to tell from the readings (photos where nobody has more than one).
        min_track_s: tracks observed for less are left out of a video's profile: most are a
            detector's slips. Photos are never left out.
        min_observed_s: below this, the profile of a person in a video abstains.
        min_confidence: below this confidence, a profile abstains.
        half_time_s: observed time at which the time factor of the confidence is 1/2.
        half_readings: number of readings at which their factor of the confidence is 1/2.
        weight_floor: least weight of a reading, so that a person read with confidence 0
            throughout still has shares.
        min_gender_age_years: no gender is given for people who look younger: on validation it was
            hardly better than a guess for children (see the card of age_gender).
        timeline_bins: most bins kept per person for plotting.
        timeline_bin_s: width of the finest bin; it doubles whenever the bins are used up.
    """

    max_gap_s: float = 0.5
    lone_reading_s: float = 0.04
    still_s: float = 1.0
    stills: bool | None = None
    min_track_s: float = 0.2
    min_observed_s: float = 0.5
    min_confidence: float = 0.35
    half_time_s: float = 0.25
    half_readings: float = 0.25
    weight_floor: float = 0.01
    min_gender_age_years: float = 12.0
    timeline_bins: int = 600
    timeline_bin_s: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what can not work.

        Raises:
            InputError: a number out of its range.
        """
        for name in ("max_gap_s", "lone_reading_s", "still_s", "timeline_bin_s", "weight_floor"):
            _check(name, getattr(self, name), above=0.0)
        for name in ("min_track_s", "min_observed_s", "half_time_s", "half_readings", "min_gender_age_years"):
            _check(name, getattr(self, name), least=0.0)
        for name in ("min_confidence", "weight_floor"):
            _check(name, getattr(self, name), least=0.0, most=1.0)
        if not isinstance(self.timeline_bins, int) or self.timeline_bins < 2:
            raise InputError(
                f"timeline_bins: a whole number of at least 2 was expected, got {self.timeline_bins!r}"
            )
        if self.stills not in (True, False, None):
            raise InputError(f"stills: True, False or None was expected, got {self.stills!r}")


def _check(
    name: str, value: float, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
) -> None:
    if (
        not isinstance(value, int | float)
        or not math.isfinite(value)
        or not (above < value and least <= value <= most)
    ):
        wanted = f"above {above:g}" if math.isfinite(above) else f"at least {least:g}"
        limit = f" and at most {most:g}" if math.isfinite(most) else ""
        raise InputError(f"{name}: a number {wanted}{limit} was expected, got {value!r}")
