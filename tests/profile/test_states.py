import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.profile.eyes import EyesOverTime, EyeSummary
from emopoi.profile.states import (
    EVIDENCE,
    Signals,
    course_signals,
    exhaustion_signal,
    log_odds,
    moment_shares,
    state_shares,
)
from emopoi.types import EMOPOI8, FER7, EmotionProfile, emopoi8_from_fer7

DOCS = Path(__file__).parents[2] / "docs" / "states.md"
SIGNALS = [evidence.signal for evidence in EVIDENCE]

distributions = st.lists(st.floats(0, 1), min_size=7, max_size=7).map(
    lambda values: np.array(values) / sum(values) if sum(values) > 1e-6 else np.eye(7)[6]
)
maybe = st.none() | st.floats(-20, 20)
signals = st.builds(Signals, *[maybe] * len(Signals.__dataclass_fields__))
chances = st.none() | st.floats(0, 1)


def shown(label, share=1.0):
    fer7 = np.full(7, (1.0 - share) / 6)
    fer7[FER7.index(label)] = share
    return fer7


def of(shares, state):
    return float(shares[EMOPOI8.index(state)])


def eyes(perclos, seconds, yawns=0):
    return EyeSummary(seconds, perclos, 0.33, 0, None, 0, seconds, yawns)


@given(distributions, signals)
def test_the_eight_states_stay_a_distribution(fer7, known):
    shares = state_shares(fer7, known)
    assert shares.sum() == pytest.approx(1.0) and shares.min() >= 0.0


@given(distributions)
def test_without_evidence_it_is_the_fixed_map(fer7):
    assert state_shares(fer7, Signals()) == pytest.approx(emopoi8_from_fer7(fer7))
    assert state_shares(fer7) == pytest.approx(emopoi8_from_fer7(fer7))


@given(st.floats(0.6, 1.0), st.floats(0, 1), st.floats(0, 1))
def test_a_laughing_face_is_never_bored(share, boredom, frustration):
    known = Signals(log_odds(boredom), log_odds(frustration), exhaustion=4.0)
    shares = state_shares(shown("happy", share), known)
    assert EMOPOI8[int(shares.argmax())] in ("Happy", "Excited") and of(shares, "Bored") <= 1.0 - share


def test_a_neutral_face_with_strong_evidence_leans_to_bored():
    shares = state_shares(shown("neutral", 0.9), Signals(boredom=log_odds(0.92)))
    assert EMOPOI8[int(shares.argmax())] == "Bored"


@pytest.mark.parametrize("chance", [0.2, 0.5, 0.7])
def test_a_neutral_face_with_weak_evidence_stays_neutral(chance):
    shares = state_shares(shown("neutral", 0.9), Signals(boredom=log_odds(chance)))
    assert EMOPOI8[int(shares.argmax())] == "Neutral" and 0.0 < of(shares, "Bored") < 0.3


@given(st.floats(0, 1))
def test_the_head_for_frustration_never_leads_by_itself(chance):
    shares = state_shares(shown("neutral"), Signals(frustration=log_odds(chance)))
    assert of(shares, "Frustrated") < 0.2


@pytest.mark.parametrize(
    ("signal", "label", "state"),
    [
        ("boredom", "neutral", "Bored"),
        ("frustration", "neutral", "Frustrated"),
        ("exhaustion", "neutral", "Exhausted"),
        ("exhaustion", "sad", "Exhausted"),
        ("arousal", "happy", "Excited"),
        ("change", "happy", "Excited"),
        ("company", "surprise", "Excited"),
        ("company_arousal", "sad", "Worried"),
    ],
)
def test_more_evidence_means_more_of_its_state(signal, label, state):
    levels = [
        of(state_shares(shown(label), Signals(**{signal: value})), state) for value in (-1, -0.1, 0.1, 1)
    ]
    assert levels == sorted(levels) and levels[-1] > levels[0] + 0.02


@given(distributions, signals)
def test_evidence_moves_shares_within_an_expression_only(fer7, known):
    # What angry, disgusted and fearful faces show is told by no evidence: it stays.
    kept = fer7.copy()
    kept[[FER7.index(label) for label in ("happy", "sad", "surprise", "neutral")]] = 0.0
    shares, least = state_shares(fer7, known), emopoi8_from_fer7(kept)
    assert (shares >= least - 1e-9).all()


def test_tired_eyes_make_a_neutral_face_exhausted():
    drowsy = Signals(exhaustion=exhaustion_signal(eyes(0.3, 60)))
    awake = Signals(exhaustion=exhaustion_signal(eyes(0.03, 60)))
    assert of(state_shares(shown("neutral"), drowsy), "Exhausted") > 0.6
    assert of(state_shares(shown("neutral"), awake), "Exhausted") < 0.05


def test_one_blink_is_no_exhaustion():
    blink = exhaustion_signal(eyes(0.2 / 2.5, 2.5))
    assert of(state_shares(shown("neutral"), Signals(exhaustion=blink)), "Exhausted") < 0.06
    assert exhaustion_signal(eyes(1.0, 1.0)) is None


@given(st.floats(0, 1), st.floats(2, 600), st.integers(0, 5))
def test_yawns_add_and_longer_looks_are_surer(perclos, seconds, yawns):
    signal = exhaustion_signal(eyes(perclos, seconds, yawns))
    assert math.isfinite(signal) and signal >= exhaustion_signal(eyes(perclos, seconds)) - 1e-9
    if perclos > 0.05:
        assert exhaustion_signal(eyes(perclos, 2 * seconds)) > exhaustion_signal(eyes(perclos, seconds))


def test_surprise_takes_its_valence_from_its_company():
    with_smiles = np.zeros(7)
    with_smiles[[FER7.index("surprise"), FER7.index("happy")]] = 0.5
    with_fear = np.zeros(7)
    with_fear[[FER7.index("surprise"), FER7.index("fear")]] = 0.5
    glad, afraid = (state_shares(f, Signals(**course_signals(f, 0.3))) for f in (with_smiles, with_fear))
    assert of(glad, "Excited") > of(glad, "Worried") and of(afraid, "Worried") > of(afraid, "Excited")


def add_all(builder, make_reading, label, seconds, change=lambda time_ms: {}):
    for time_ms in np.arange(0.0, 1000.0 * seconds, 100.0):
        builder.add(replace(make_reading(label, float(time_ms)), **change(float(time_ms))))


def test_a_photo_is_the_map_with_the_heads(make_reading):
    builder = ProfileBuilder(ProfileSettings(stills=True))
    reading = replace(make_reading("neutral"), boredom=0.8, frustration=0.4, eyes_open=0.05)
    builder.add(reading)
    person = builder.build("photo.jpg").people[0]
    assert list(person.emopoi8.values()) == pytest.approx(moment_shares(reading), abs=1e-4)
    assert person.emopoi8["Bored"] > 0.2 and person.emopoi8["Exhausted"] == 0.0
    assert "eyes" not in person.extra["states_evidence"]


def test_a_photo_without_heads_is_the_fixed_map(make_reading):
    builder = ProfileBuilder(ProfileSettings(stills=True))
    builder.add(make_reading("happy"))
    person = builder.build("photo.jpg").people[0]
    assert person.emopoi8["Happy"] == 0.8 and "states_evidence" not in person.extra


def test_shut_eyes_in_a_video_are_exhaustion_and_stand_in_the_profile(make_reading):
    builder = ProfileBuilder(ProfileSettings(stills=False))
    add_all(
        builder, make_reading, "neutral", 60.0,
        lambda time_ms: {"eyes_open": 0.1 if time_ms % 1000 < 400 else 0.34, "boredom": 0.4},
    )  # fmt: skip
    profile = builder.build("clip.mp4")
    person = profile.people[0]
    evidence = person.extra["states_evidence"]
    assert max(person.emopoi8, key=person.emopoi8.get) == "Exhausted"
    assert evidence["eyes"]["perclos"] == pytest.approx(0.4, abs=0.02)
    assert evidence["boredom"]["log_odds"] == pytest.approx(math.log(0.4 / 0.6), abs=1e-3)
    assert 0.0 < evidence["confidence"]["Exhausted"] <= person.confidence
    assert EmotionProfile.from_json(profile.to_json()).to_dict() == profile.to_dict()


def test_eyes_narrowed_by_laughing_or_turned_away_are_not_tired(make_reading):
    builder = ProfileBuilder(ProfileSettings(stills=False))
    add_all(builder, make_reading, "happy", 20.0, lambda time_ms: {"eyes_open": 0.1})
    person = builder.build("clip.mp4").people[0]
    assert person.emopoi8["Exhausted"] == 0.0 and "states_evidence" not in person.extra


def test_shares_that_a_reading_brings_replace_the_map(make_reading):
    builder = ProfileBuilder(ProfileSettings(stills=False))
    add_all(builder, make_reading, "happy", 5.0, lambda time_ms: {"emopoi8": np.eye(8)[6]})
    assert builder.build("clip.mp4").people[0].emopoi8["Bored"] == 1.0


@pytest.mark.parametrize(
    "wrong",
    [{"boredom": 1.2}, {"frustration": math.nan}, {"eyes_open": -0.1}, {"mouth_open": math.inf},
     {"emopoi8": np.ones(7)}, {"emopoi8": np.ones(8)}],
)  # fmt: skip
def test_wrong_numbers_are_refused_by_name(make_reading, wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        ProfileBuilder().add(replace(make_reading("happy"), **wrong))


def test_the_table_in_the_docs_is_the_table_of_the_code():
    rows = re.findall(r"^\| `(\w+)` \|(.+)\|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    told = [(name, *(cell.strip() for cell in rest.split("|"))) for name, rest in rows if name in SIGNALS]
    assert told == [
        (
            evidence.signal, evidence.expression, evidence.state, f"{evidence.weight:g}",
            f"{evidence.bound:g}", "map" if evidence.odds is None else f"{evidence.odds:g}", evidence.source,
        )
        for evidence in EVIDENCE
    ]  # fmt: skip


def test_every_signal_in_the_table_is_known_and_used():
    assert set(SIGNALS) == set(Signals.__dataclass_fields__)
    assert EyesOverTime().summary().measured_s == 0.0
