import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.types import EMOPOI8, FER7, AgeRange, PersonProfile, emopoi8_from_fer7
from recommender import GROUPS, Place
from recommender.emotion_prior import (
    MODES,
    QUALITIES,
    QUALITIES_OF_GROUP,
    QUALITIES_OF_TYPE,
    RULES,
    SOURCES,
    Mode,
    emotion_weight,
    qualities_of,
)
from recommender.place import ADULT_TYPES

UNIT = st.floats(0, 1)
SIGNED = st.floats(-1, 1)
PLACES = [Place(f"{group}", group, group, group, 60.0, 25.0) for group in GROUPS] + [
    Place(kind, kind, kind, "nightlife" if kind in ADULT_TYPES else "museum", 60.0, 25.0)
    for kind in (*QUALITIES_OF_TYPE, *sorted(ADULT_TYPES))
]


@st.composite
def people(draw: st.DrawFn, states: tuple[str, ...] = EMOPOI8) -> PersonProfile:
    raw = [draw(UNIT) + 1e-6 for _ in states]
    return PersonProfile(
        id=1,
        observed_s=5.0,
        fer7={"neutral": 1.0},
        emopoi8={state: value / sum(raw) for state, value in zip(states, raw, strict=True)},
        valence=draw(SIGNED),
        arousal=draw(SIGNED),
        variability=draw(UNIT),
        confidence=draw(UNIT),
        abstained=False,
    )


@given(people(), st.sampled_from(PLACES), st.sampled_from(MODES))
def test_bounded_by_confidence(person: PersonProfile, place: Place, mode: Mode) -> None:
    assert abs(emotion_weight(person, place, mode).value) <= person.confidence + 1e-12


@given(people(), st.sampled_from(PLACES))
def test_shrinks_with_confidence(person: PersonProfile, place: Place) -> None:
    sure = dataclasses.replace(person, confidence=1.0)
    half = dataclasses.replace(person, confidence=0.5)
    for mode in MODES:
        whole = emotion_weight(sure, place, mode).value
        assert emotion_weight(half, place, mode).value == pytest.approx(whole / 2)


@given(people(), st.sampled_from(PLACES))
def test_zero_when_nothing_may_count(person: PersonProfile, place: Place) -> None:
    assert emotion_weight(person, place, "off").value == 0.0
    assert emotion_weight(None, place, "lift").value == 0.0
    assert emotion_weight(dataclasses.replace(person, abstained=True), place, "lift").value == 0.0
    assert emotion_weight(dataclasses.replace(person, confidence=0.0), place, "match").value == 0.0


@given(people(), st.sampled_from(PLACES), UNIT, st.floats(0, 90))
def test_gender_and_age_have_no_part(person: PersonProfile, place: Place, female: float, age: float) -> None:
    other = dataclasses.replace(person, female=female, age=AgeRange(age, age, age))
    for mode in MODES:
        assert emotion_weight(person, place, mode) == emotion_weight(other, place, mode)


@given(people(states=("Sad", "Worried", "Frustrated", "Exhausted", "Bored")))
def test_low_moods_never_bring_forward_alcohol_or_gambling(person: PersonProfile) -> None:
    low = dataclasses.replace(person, valence=-abs(person.valence))
    for place in PLACES:
        if place.type in ADULT_TYPES:
            assert emotion_weight(low, place, "lift").value <= 0.0
            assert emotion_weight(low, place, "match").value <= 0.0


def test_a_neutral_face_shifts_nothing() -> None:
    neutral = np.eye(7)[FER7.index("neutral")]
    states = dict(zip(EMOPOI8, emopoi8_from_fer7(neutral).tolist(), strict=True))
    person = PersonProfile(
        id=1, observed_s=9.0, fer7={"neutral": 1.0}, emopoi8=states, valence=0.0, arousal=0.0,
        variability=0.0, confidence=0.9, abstained=False,
    )  # fmt: skip
    for place in PLACES:
        assert emotion_weight(person, place, "lift").value == pytest.approx(0.0)
        assert emotion_weight(person, place, "match").value == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("state", "better", "worse"),
    [
        ("Sad", "park", "mall"),
        ("Worried", "landscape", "nightlife"),
        ("Frustrated", "fitness", "cafe"),
        ("Frustrated", "park", "museum"),
        ("Exhausted", "park", "fitness"),
        ("Bored", "museum", "park"),
        ("Bored", "museum", "cafe"),
        ("Happy", "restaurant", "heritage"),
        ("Excited", "nightlife", "park"),
    ],
)
def test_direction_of_the_evidence(profile_of, state: str, better: str, worse: str) -> None:
    valence = 0.5 if state in ("Happy", "Excited") else -0.4
    person = profile_of(state, valence=valence).people[0]
    of = {place.id: emotion_weight(person, place, "lift").value for place in PLACES}
    assert of[better] > of[worse]


def test_tables_are_whole() -> None:
    assert set(QUALITIES_OF_GROUP) == set(GROUPS)
    for row in [*QUALITIES_OF_GROUP.values(), *QUALITIES_OF_TYPE.values()]:
        assert len(row) == len(QUALITIES)
        assert all(0.0 <= value <= 1.0 for value in row)
    for rule in RULES:
        assert rule.mode in ("lift", "match")
        assert rule.state in EMOPOI8
        assert rule.quality in QUALITIES
        assert rule.source in SOURCES
        assert -1.0 <= rule.strength <= 1.0
    for mode in ("lift", "match"):
        assert {rule.state for rule in RULES if rule.mode == mode} == set(EMOPOI8) - {"Neutral"}
    assert set(qualities_of(PLACES[0])) == set(QUALITIES)
