"""Readings and estimates of everybody in one source, summed up as an `EmotionProfile`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.profile.checked_reading import checked_shares
from emopoi.profile.circumplex import valence_arousal
from emopoi.profile.holding import HoldingTime
from emopoi.profile.settings import ProfileSettings
from emopoi.types import (
    AGES,
    EMOPOI8,
    FER7,
    AgeRange,
    EmotionProfile,
    EmotionReading,
    PersonEstimate,
    PersonProfile,
    emopoi8_from_fer7,
)

_DECIMALS = 4


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
        self._photos: dict[int, str] = {}

    def add(self, reading: EmotionReading) -> None:
        """Count one reading. Each person's readings come in the order of time.

        Raises:
            InputError: the reading is malformed; the message names the field.
        """
        shares = checked_shares(reading)
        expressions = self._expressions.get(reading.person)
        if expressions is None:
            expressions = self._expressions[reading.person] = _Expressions(self.settings)
        expressions.add(shares, reading.time_ms, min(max(float(reading.confidence), 0.0), 1.0))

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
        too_short = not stills and sums.seconds < self.settings.min_observed_s - 1e-6
        appearance = self._appearances.get(person)
        age = None if appearance is None else appearance.age_range()
        female = None
        if appearance is not None and age is not None and age.median >= self.settings.min_gender_age_years:
            female = round(appearance.female(), _DECIMALS)
        return PersonProfile(
            id=person,
            observed_s=round(sums.seconds, 3),
            fer7=_rounded(FER7, fer7),
            emopoi8=_rounded(EMOPOI8, emopoi8_from_fer7(fer7)),
            valence=round(float(valence), _DECIMALS) + 0.0,
            arousal=round(float(arousal), _DECIMALS) + 0.0,
            variability=round(_variability(fer7, sums.entropy / sums.weight), _DECIMALS) + 0.0,
            confidence=round(confidence, _DECIMALS),
            abstained=too_short or round(confidence, _DECIMALS) < self.settings.min_confidence,
            age=age,
            female=female,
            extra={"photo": self._photos[person]} if person in self._photos else {},
        )

    def _confidence(self, sums: _Sums, readings: int, stills: bool) -> float:
        mean = sums.confidence / sums.seconds
        by_number = readings / (readings + self.settings.half_readings)
        # A photo has no duration that could be too short.
        by_time = 1.0 if stills else sums.seconds / (sums.seconds + self.settings.half_time_s)
        return min(max(mean * by_number * by_time, 0.0), 1.0)


class _Sums:
    """Running sums over the readings of one person.

    Attributes:
        seconds: time observed.
        weight: seconds times confidence.
        confidence: confidence summed over seconds.
        entropy: entropy of the readings, nats, summed over weight.
        shares: FER-7 summed over weight, 7 numbers.
    """

    __slots__ = ("confidence", "entropy", "seconds", "shares", "weight")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.weight = 0.0
        self.confidence = 0.0
        self.entropy = 0.0
        self.shares = [0.0] * len(FER7)

    def add(self, shares: list[float], seconds: float, confidence: float, floor: float) -> None:
        weight = seconds * max(confidence, floor)
        self.seconds += seconds
        self.weight += weight
        self.confidence += seconds * confidence
        self.entropy += weight * -sum(share * math.log(share) for share in shares if share > 0.0)
        self.shares = [total + weight * share for total, share in zip(self.shares, shares, strict=True)]

    def copy(self) -> _Sums:
        other = _Sums()
        other.seconds, other.weight = self.seconds, self.weight
        other.confidence, other.entropy = self.confidence, self.entropy
        other.shares = list(self.shares)
        return other


class _Expressions:
    """One person's sums, and the latest reading, which has no duration yet."""

    __slots__ = ("_confidence", "_floor", "_holding", "_shares", "_sums", "readings")

    def __init__(self, settings: ProfileSettings) -> None:
        self._floor = settings.weight_floor
        self._holding = HoldingTime(settings)
        self._sums = _Sums()
        self._shares: list[float] = []
        self._confidence = 0.0
        self.readings = 0

    def add(self, shares: list[float], time_ms: float, confidence: float) -> None:
        held_s = self._holding.next(time_ms)
        if held_s is not None:
            self._sums.add(self._shares, held_s, self._confidence, self._floor)
        self._shares, self._confidence = shares, confidence
        self.readings += 1

    def sums(self, *, still: bool) -> _Sums:
        sums = self._sums.copy()
        sums.add(self._shares, self._holding.last(still=still), self._confidence, self._floor)
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


def _rounded(labels: tuple[str, ...], shares: NDArray[np.float64]) -> dict[str, float]:
    """Round to four places such that the sum stays one: what is lost goes to the largest remainders."""
    unit = 10**_DECIMALS
    scaled = shares / shares.sum() * unit
    whole = np.floor(scaled)
    missing = round(unit - float(whole.sum()))
    whole[np.argsort(whole - scaled, kind="stable")[:missing]] += 1
    return {label: float(count) / unit for label, count in zip(labels, whole, strict=True)}
