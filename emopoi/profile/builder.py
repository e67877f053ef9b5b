"""Readings and estimates of everybody in one source, summed up as an `EmotionProfile`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.profile.checked_reading import checked_extras, checked_shares
from emopoi.profile.circumplex import valence_arousal
from emopoi.profile.eyes import EyesOverTime, EyeSummary
from emopoi.profile.holding import HoldingTime
from emopoi.profile.rounding import DECIMALS, rounded_shares
from emopoi.profile.settings import ProfileSettings
from emopoi.profile.states import (
    Signals,
    StateSums,
    course_signals,
    described,
    exhaustion_signal,
    head_nats,
    state_shares,
)
from emopoi.types import (
    AGES,
    EMOPOI8,
    FER7,
    AgeRange,
    EmotionProfile,
    EmotionReading,
    PersonEstimate,
    PersonProfile,
)

_HAPPY = FER7.index("happy")
# Turned away or looking down, lids can not be told from tired ones; and laughing narrows eyes.
_TURNED_DEG, _LOOKS_DOWN_DEG = 35.0, -20.0


class ProfileBuilder:
    """Adds up readings as they come; `build` may be called at any time, and again later.

    A reading counts with the seconds that it held (see `HoldingTime`) times its confidence.
    Only sums are kept: a few hundred bytes per person for expressions and about 1 KB for age,
    however long the source.

    Args:
        settings: weights and thresholds; the defaults where None.
    """

    def __init__(self, settings: ProfileSettings | None = None) -> None:
        self.settings = settings if settings is not None else ProfileSettings()
        self._expressions: dict[int, _Expressions] = {}
        self._appearances: dict[int, _Appearance] = {}
        self._eyes: dict[int, EyesOverTime] = {}
        self._photos: dict[int, str] = {}

    def add(self, reading: EmotionReading) -> None:
        """Count one reading. Each person's readings come in the order of time.

        Raises:
            InputError: the reading is malformed; the message names the field.
        """
        shares = checked_shares(reading)
        given = checked_extras(reading)
        expressions = self._expressions.get(reading.person)
        if expressions is None:
            expressions = self._expressions[reading.person] = _Expressions(self.settings)
        moment = _Moment(shares, min(max(float(reading.confidence), 0.0), 1.0), head_nats(reading), given)
        expressions.add(moment, reading.time_ms)
        if reading.eyes_open is not None or reading.mouth_open is not None:
            self._look(reading, shares)

    def _look(self, reading: EmotionReading, shares: list[float]) -> None:
        """Count lids and mouth, but not lids that are low for another reason than tiredness."""
        eyes = self._eyes.setdefault(reading.person, EyesOverTime())
        if reading.mouth_open is not None:
            eyes.add_mouth(reading.time_ms, reading.mouth_open)
        pose = reading.pose
        turned = pose is not None and (abs(pose.yaw_deg) > _TURNED_DEG or pose.pitch_deg < _LOOKS_DOWN_DEG)
        laughs = shares[_HAPPY] > 0.5
        if reading.eyes_open is not None and not turned and not laughs:
            eyes.add_eyes(reading.time_ms, reading.eyes_open)

    def add_estimate(self, person: int, estimate: PersonEstimate) -> None:
        """Count one estimate of age and gender.

        Args:
            person: id of the track.
            estimate: what the model read off one crop.

        Raises:
            InputError: the estimate is malformed; the message names the field.
        """
        age = np.asarray(estimate.age, dtype=np.float64)
        if age.shape != (AGES,):
            raise InputError(f"age: shape ({AGES},) was expected, got {age.shape}")
        total = float(age.sum())
        if not 0.0 < total < math.inf or not float(age.min()) >= 0.0:
            raise InputError(f"age: a distribution was expected, got sum {total:g} and minimum {age.min():g}")
        if not 0.0 <= estimate.female <= 1.0:
            raise InputError(f"female: a number from 0 to 1 was expected, got {estimate.female!r}")
        if not 0.0 <= estimate.weight < math.inf:
            raise InputError(f"weight: a number >= 0 was expected, got {estimate.weight!r}")
        if estimate.weight > 0.0:
            self._appearances.setdefault(person, _Appearance()).add(age / total, estimate)

    def add_photo(self, person: int, name: str) -> None:
        """Tell in which photo of a folder a person is: it stands in the profile as `photo`."""
        self._photos[person] = name

    def age_of(self, person: int) -> AgeRange | None:
        """The age range of one person so far, None where no estimate came yet."""
        appearance = self._appearances.get(person)
        return None if appearance is None else appearance.age_range()

    def build(self, source: str) -> EmotionProfile:
        """Profiles of everybody seen so far, in the order of their ids.

        Args:
            source: name of the file or camera, without its folder.

        Returns:
            The profile, without the tracks that `left_out` names.
        """
        dropped = set(self.left_out())
        stills = self._stills()
        people = tuple(
            self._person(person, expressions, stills)
            for person, expressions in sorted(self._expressions.items())
            if person not in dropped
        )
        return EmotionProfile(source=source, people=people)

    def left_out(self) -> tuple[int, ...]:
        """Ids of the tracks of a video that are too short for a profile (`min_track_s`)."""
        if self._stills():
            return ()
        return tuple(
            person
            for person, expressions in sorted(self._expressions.items())
            # A hair of tolerance: six frames at 30 per second are not below 0.2 s.
            if expressions.sums(still=False).seconds < self.settings.min_track_s - 1e-6
        )

    def _stills(self) -> bool:
        if self.settings.stills is not None:
            return self.settings.stills
        return all(expressions.readings == 1 for expressions in self._expressions.values())

    def _person(self, person: int, expressions: _Expressions, stills: bool) -> PersonProfile:
        sums = expressions.sums(still=stills)
        fer7 = np.array(sums.shares) / sums.weight
        fer7 /= fer7.sum()
        valence, arousal = valence_arousal(fer7)
        confidence = self._confidence(sums, expressions.readings, stills)
        variability = _variability(fer7, sums.entropy / sums.weight)
        eyes = None if stills or person not in self._eyes else self._eyes[person].summary()
        signals = _signals(sums, fer7, variability, eyes, stills)
        extra: dict[str, object] = {"photo": self._photos[person]} if person in self._photos else {}
        evidence = described(signals, eyes, confidence)
        if evidence is not None:
            extra["states_evidence"] = evidence
        too_short = not stills and sums.seconds < self.settings.min_observed_s - 1e-6
        appearance = self._appearances.get(person)
        age = None if appearance is None else appearance.age_range()
        female = None
        if appearance is not None and age is not None and age.median >= self.settings.min_gender_age_years:
            female = round(appearance.female(), DECIMALS)
        return PersonProfile(
            id=person,
            observed_s=round(sums.seconds, 3),
            fer7=rounded_shares(FER7, fer7),
            emopoi8=rounded_shares(EMOPOI8, sums.states.mixed(state_shares(fer7, signals), sums.weight)),
            valence=round(float(valence), DECIMALS) + 0.0,
            arousal=round(float(arousal), DECIMALS) + 0.0,
            variability=round(variability, DECIMALS) + 0.0,
            confidence=round(confidence, DECIMALS),
            abstained=too_short or round(confidence, DECIMALS) < self.settings.min_confidence,
            age=age,
            female=female,
            extra=extra,
        )

    def _confidence(self, sums: _Sums, readings: int, stills: bool) -> float:
        mean = sums.confidence / sums.seconds
        by_number = readings / (readings + self.settings.half_readings)
        # A photo has no duration that could be too short.
        by_time = 1.0 if stills else sums.seconds / (sums.seconds + self.settings.half_time_s)
        return min(max(mean * by_number * by_time, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What one reading says: FER-7 shares, confidence, log-odds by head, shares of states that it brings."""

    shares: list[float]
    confidence: float
    nats: dict[str, float | None]
    given: NDArray[np.float64] | None


class _Sums:
    """Running sums over the readings of one person.

    Attributes:
        seconds: time observed.
        weight: seconds times confidence.
        confidence: confidence summed over seconds.
        entropy: entropy of the readings, nats, summed over weight.
        shares: FER-7 summed over weight, 7 numbers.
        states: what readings say of states beside the expressions.
    """

    __slots__ = ("confidence", "entropy", "seconds", "shares", "states", "weight")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.weight = 0.0
        self.confidence = 0.0
        self.entropy = 0.0
        self.shares = [0.0] * len(FER7)
        self.states = StateSums()

    def add(self, moment: _Moment, seconds: float, floor: float) -> None:
        shares = moment.shares
        weight = seconds * max(moment.confidence, floor)
        self.seconds += seconds
        self.weight += weight
        self.confidence += seconds * moment.confidence
        self.entropy += weight * -sum(share * math.log(share) for share in shares if share > 0.0)
        self.shares = [total + weight * share for total, share in zip(self.shares, shares, strict=True)]
        self.states.add(weight, moment.nats, moment.given)

    def copy(self) -> _Sums:
        other = _Sums()
        other.seconds, other.weight = self.seconds, self.weight
        other.confidence, other.entropy = self.confidence, self.entropy
        other.shares = list(self.shares)
        other.states = self.states.copy()
        return other


class _Expressions:
    """One person's sums, and the latest reading, which has no duration yet."""

    __slots__ = ("_floor", "_holding", "_latest", "_sums", "readings")

    def __init__(self, settings: ProfileSettings) -> None:
        self._floor = settings.weight_floor
        self._holding = HoldingTime(settings)
        self._sums = _Sums()
        self._latest: _Moment | None = None
        self.readings = 0

    def add(self, moment: _Moment, time_ms: float) -> None:
        held_s = self._holding.next(time_ms)
        if held_s is not None and self._latest is not None:
            self._sums.add(self._latest, held_s, self._floor)
        self._latest = moment
        self.readings += 1

    def sums(self, *, still: bool) -> _Sums:
        sums = self._sums.copy()
        if self._latest is not None:
            sums.add(self._latest, self._holding.last(still=still), self._floor)
        return sums


class _Appearance:
    """Weighted mean of one person's age distributions and of the gender reading.

    The mean of the distributions (a linear pool) and not their product: crops of one person err
    together, so many of them must not make the range narrower than a single one is.
    """

    __slots__ = ("_age", "_female", "_weight")

    def __init__(self) -> None:
        self._age: NDArray[np.float64] = np.zeros(AGES)
        self._female = 0.0
        self._weight = 0.0

    def add(self, age: NDArray[np.float64], estimate: PersonEstimate) -> None:
        self._age += estimate.weight * age
        self._female += estimate.weight * float(estimate.female)
        self._weight += float(estimate.weight)

    def age_range(self) -> AgeRange:
        cumulated = np.cumsum(self._age / self._age.sum())
        low, median, high = (min(int(np.searchsorted(cumulated, q)), AGES - 1) for q in (0.05, 0.5, 0.95))
        return AgeRange(median=median, low90=low, high90=high)

    def female(self) -> float:
        return min(max(self._female / self._weight, 0.0), 1.0)


def _signals(
    sums: _Sums, fer7: NDArray[np.float64], variability: float, eyes: EyeSummary | None, stills: bool
) -> Signals:
    """What is known beyond the expressions; photos have no course and tell nothing of tiredness."""
    heads = {name: sums.states.mean_nats(name) for name in ("boredom", "frustration")}
    if stills:
        return Signals(**heads)
    return Signals(
        **heads,
        exhaustion=None if eyes is None else exhaustion_signal(eyes),
        **course_signals(fer7, variability),
    )


def _variability(mean: NDArray[np.float64], mean_entropy: float) -> float:
    """Jensen-Shannon distance of the moments from their mean, over its greatest value.

    The divergence is the entropy of the mean less the mean of the entropies (Lin 1991,
    "Divergence measures based on the Shannon entropy", weights = time): 0 where every moment is
    like the next, ln 7 where each label is shown alone for one seventh of the time. It needs
    running sums only. The square root makes it a distance.
    """
    shown = mean[mean > 0.0]
    divergence = float(-(shown * np.log(shown)).sum()) - mean_entropy
    return math.sqrt(min(max(divergence / math.log(len(mean)), 0.0), 1.0))
