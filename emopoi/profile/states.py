"""From evidence to the eight EmoPOI states: one table of weights, one function.

Every expression has a row of states (emopoi/types/labels.py). Evidence moves shares within a row and never
between rows: what a laughing face shows is split between Happy and Excited whatever the heads for boredom
and the eyes say, and only a neutral face can turn out to be bored. So a head that knows little can not turn a
profile over, and with no evidence at all the rows are the fixed map.

Within a row a piece of evidence multiplies the odds of its state by exp(weight x signal), limited either way
by its bound. Where the fixed map has no share of that state, `odds` says how likely the state is on such a
face beforehand, against all else in the row: the prior of life, not that of the data of a head.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.profile.circumplex import COORDINATES
from emopoi.profile.eyes import EyeSummary
from emopoi.types import EMOPOI8, FER7, FER7_TO_EMOPOI8, EmotionReading


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the table.

    Attributes:
        signal: field of `Signals`.
        expression: row that it works on.
        state: whose odds it changes.
        weight: nats for one unit of the signal.
        bound: most nats either way.
        odds: of the state against the rest of the row where the signal is 0; None takes the fixed map's.
        source: of weight, bound and odds.
    """

    signal: str
    expression: str
    state: str
    weight: float
    bound: float
    odds: float | None
    source: str


EVIDENCE: tuple[Evidence, ...] = (
    Evidence(
        "boredom", "neutral", "Bored", 1.0, 2.2, 0.18,
        "odds: a choice between 3 % of moments in life (Chin et al. 2017) and 23 % of DAiSEE's clips; "
        "weight 1: the head is calibrated on persons left out; bound: nine times the odds at most",
    ),
    Evidence(
        "frustration", "neutral", "Frustrated", 1.0, 1.5, 0.05,
        "odds: 4 % of DAiSEE's clips; bound below that of boredom, as the head is worse",
    ),
    Evidence(
        "exhaustion", "neutral", "Exhausted", 1.0, 4.0, 0.05,
        "odds 1 at PERCLOS 0.15, the usual threshold of drowsiness; 0.05 at 0.075, up to which people count "
        "as awake (Wierwille et al. 1994)",
    ),
    Evidence(
        "exhaustion", "sad", "Exhausted", 0.5, 1.5, None,
        "drooping lids are part of a sad face too: half the weight (choice)",
    ),
    Evidence(
        "arousal", "happy", "Excited", 5.0, 1.0, None,
        "excitement is high arousal with high valence (Russell 1980); 0 at arousal 0.40 (choice)",
    ),
    Evidence(
        "change", "happy", "Excited", 2.0, 0.6, None,
        "a lively course; 0 at variability 0.30 (choice)",
    ),
    Evidence(
        "company", "surprise", "Excited", 2.0, 1.0, None,
        "surprise takes its valence from what comes with it (Noordewier & Breugelmans 2013)",
    ),
    Evidence(
        "company", "surprise", "Worried", -2.0, 1.0, None,
        "the same, the other way",
    ),
    Evidence(
        "company_arousal", "sad", "Worried", 3.0, 1.0, None,
        "worry is more aroused than sadness (Russell 1980)",
    ),
)  # fmt: skip
"""Every weight of the map. docs/states.md shows the same table; a test holds both together."""

AROUSAL_AT, CHANGE_AT = 0.40, 0.30
AWAKE_PERCLOS, DROWSY_PERCLOS = 0.075, 0.15
NATS_TO_DROWSY = math.log(1.0 / 0.05)
"""From the odds at `AWAKE_PERCLOS` to odds of one at `DROWSY_PERCLOS`."""
USUAL_PERCLOS, USUAL_S = 0.04, 20.0
"""What is expected of anybody, and for how many seconds it counts: one blink in two seconds is no sleep."""
NATS_A_YAWN, MOST_YAWN_NATS = 0.7, 1.4
"""A yawn doubles the odds, two or more quadruple them (choice); for sources of up to `YAWN_WINDOW_S`."""
YAWN_WINDOW_S = 120.0
LEAST_EYES_S = 2.0
"""Eyes that were measured for less tell nothing."""
_LEAST_CHANCE = 0.02


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a person or a moment beyond the shares of expressions; None is not known.

    Attributes:
        boredom: log-odds of strong boredom at equal prior chances.
        frustration: the same of frustration.
        exhaustion: nats, 0 at `AWAKE_PERCLOS`.
        arousal: mean arousal less `AROUSAL_AT`.
        change: variability less `CHANGE_AT`.
        company: mean valence of what is not surprise.
        company_arousal: mean arousal of what is not sad.
    """

    boredom: float | None = None
    frustration: float | None = None
    exhaustion: float | None = None
    arousal: float | None = None
    change: float | None = None
    company: float | None = None
    company_arousal: float | None = None


def state_shares(fer7: NDArray[np.floating], signals: Signals | None = None) -> NDArray[np.float64]:
    """Shares of the eight states.

    Args:
        fer7: float (7,), a distribution in the order of `FER7`.
        signals: what else is known.

    Returns:
        float64 (8,) in the order of `EMOPOI8`, summing to what `fer7` sums to.
    """
    shares = np.asarray(fer7, np.float64)
    return np.asarray(shares @ _rows(signals)) if signals is not None else shares @ FER7_TO_EMOPOI8


def _rows(signals: Signals) -> NDArray[np.float64]:
    rows = FER7_TO_EMOPOI8.copy()
    for evidence in EVIDENCE:
        signal = getattr(signals, evidence.signal)
        if signal is None:
            continue
        row, column = FER7.index(evidence.expression), EMOPOI8.index(evidence.state)
        if evidence.odds is not None:
            rows[row, column] = evidence.odds * FER7_TO_EMOPOI8[row].sum()
        rows[row, column] *= math.exp(min(max(evidence.weight * signal, -evidence.bound), evidence.bound))
    rows /= rows.sum(axis=1, keepdims=True)
    return rows


def log_odds(chance: float) -> float:
    """Of a chance 0..1, kept within what a single picture can tell."""
    limited = min(max(chance, _LEAST_CHANCE), 1.0 - _LEAST_CHANCE)
    return math.log(limited / (1.0 - limited))


def exhaustion_signal(eyes: EyeSummary) -> float | None:
    """Nats for exhaustion from lids and yawns; None where the eyes were hardly measured.

    PERCLOS is drawn towards the usual one by `USUAL_S` seconds of it.
    """
    if eyes.measured_s < LEAST_EYES_S:
        return None
    perclos = drawn_perclos(eyes)
    nats = (perclos - AWAKE_PERCLOS) / (DROWSY_PERCLOS - AWAKE_PERCLOS) * NATS_TO_DROWSY
    rare = min(1.0, YAWN_WINDOW_S / max(eyes.mouth_s, 1.0))
    return nats + min(NATS_A_YAWN * eyes.yawns * rare, MOST_YAWN_NATS)


def drawn_perclos(eyes: EyeSummary) -> float:
    """PERCLOS drawn towards the usual one, 0..1."""
    return (eyes.perclos * eyes.measured_s + USUAL_PERCLOS * USUAL_S) / (eyes.measured_s + USUAL_S)


def course_signals(fer7: NDArray[np.float64], variability: float) -> dict[str, float]:
    """The signals that the expressions over time themselves give.

    Args:
        fer7: float (7,) shares of time.
        variability: 0..1.
    """
    shares = {label: float(share) for label, share in zip(FER7, fer7, strict=True)}
    arousal = sum(share * COORDINATES[label][1] for label, share in shares.items())
    return {
        "arousal": arousal - AROUSAL_AT,
        "change": variability - CHANGE_AT,
        "company": _mean_without(shares, "surprise", 0),
        "company_arousal": _mean_without(shares, "sad", 1),
    }


def _mean_without(shares: Mapping[str, float], left_out: str, coordinate: int) -> float:
    others = {label: share for label, share in shares.items() if label != left_out}
    total = sum(others.values())
    if total <= 0.0:
        return 0.0
    return sum(share * COORDINATES[label][coordinate] for label, share in others.items()) / total


class StateSums:
    """Running sums of what one person's readings say beside the expressions."""

    __slots__ = ("_given", "_given_weight", "_nats", "_weights")

    def __init__(self) -> None:
        self._nats = {"boredom": 0.0, "frustration": 0.0}
        self._weights = {"boredom": 0.0, "frustration": 0.0}
        self._given: NDArray[np.float64] = np.zeros(len(EMOPOI8))
        self._given_weight = 0.0

    def add(self, weight: float, nats: Mapping[str, float | None], given: NDArray[np.float64] | None) -> None:
        """Count one reading.

        Args:
            weight: seconds times confidence.
            nats: log-odds by head, None where it was not read.
            given: float64 (8,) shares of states that replace the map, or None.
        """
        for name, value in nats.items():
            if value is not None:
                self._nats[name] += weight * value
                self._weights[name] += weight
        if given is not None:
            self._given = self._given + weight * given
            self._given_weight += weight

    def copy(self) -> StateSums:
        """A second one, to be added to apart."""
        other = StateSums()
        other._nats, other._weights = dict(self._nats), dict(self._weights)
        other._given, other._given_weight = self._given, self._given_weight
        return other

    def mean_nats(self, name: str) -> float | None:
        """Mean log-odds of a head over time, None where it was never read.

        The mean and not the sum: a head's error on a person is the same in every frame, so a long
        look is hardly surer than a short one.
        """
        weight = self._weights[name]
        return self._nats[name] / weight if weight > 0.0 else None

    def mixed(self, shares: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
        """Shares by the map for the time without given ones, the given ones for the rest.

        Args:
            shares: float64 (8,) by the map.
            weight: of all readings.
        """
        if self._given_weight <= 0.0:
            return shares
        left = max(weight - self._given_weight, 0.0)
        return np.asarray((self._given + left * shares) / (self._given_weight + left))


def described(signals: Signals, eyes: EyeSummary | None, confidence: float) -> dict[str, object] | None:
    """The evidence as it stands in a profile, None where there is none.

    Args:
        signals: of the person.
        eyes: what the lids did, None where they were not measured.
        confidence: of the profile.
    """
    told: dict[str, object] = {}
    sure: dict[str, float] = {}
    for name, state in (("boredom", "Bored"), ("frustration", "Frustrated")):
        nats = getattr(signals, name)
        if nats is not None:
            told[name] = {"log_odds": round(nats, 4)}
            sure[state] = abs(math.tanh(nats / 2))
    if eyes is not None and eyes.measured_s > 0.0:
        told["eyes"] = {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(eyes).items()
        }
        sure["Exhausted"] = eyes.measured_s / (eyes.measured_s + USUAL_S)
    if not told:
        return None
    told["confidence"] = {state: round(confidence * share, 4) for state, share in sure.items()}
    return told


def moment_shares(reading: EmotionReading) -> NDArray[np.float64]:
    """Shares of the states at the moment of one reading: float64 (8,), sums to 1.

    Those that the reading brings, or else the map with the heads for boredom and frustration where
    they were read. What needs time (exhaustion, course) is in the profile alone.
    """
    if reading.emopoi8 is not None:
        return np.asarray(reading.emopoi8, np.float64)
    if reading.boredom is None and reading.frustration is None:
        return state_shares(reading.fer7)
    return state_shares(reading.fer7, Signals(**head_nats(reading)))


def head_nats(reading: EmotionReading) -> dict[str, float | None]:
    """Log-odds of the heads in one reading, None where a head was not read."""
    return {
        "boredom": None if reading.boredom is None else log_odds(reading.boredom),
        "frustration": None if reading.frustration is None else log_odds(reading.frustration),
    }
