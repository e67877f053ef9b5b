import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.types import EMOPOI8, FER7, AgeRange, PersonProfile, emopoi8_from_fer7
from recommender.emotion_prior import (
    MODES,
    RULES,
    SOURCES,
    Mode,
    emotion_weight,
    emotion_weights,
    is_for_adults,
    leading_state,
)
from recommender.taxonomy import QUALITIES, TYPES, PlaceType

UNIT = st.floats(0, 1)
SIGNED = st.floats(-1, 1)
KINDS = list(TYPES.values())


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


@given(people(), st.sampled_from(KINDS), st.sampled_from(MODES))
def test_bounded_by_confidence(person: PersonProfile, kind: PlaceType, mode: Mode) -> None:
    weight = emotion_weight(person, kind, mode)
    assert abs(weight.value) <= person.confidence + 1e-12
    assert 0.0 <= weight.quality <= 1.0
    assert (weight.rule is None) == (weight.value == 0.0)


@given(people(), st.sampled_from(KINDS))
def test_shrinks_with_confidence(person: PersonProfile, kind: PlaceType) -> None:
    sure = dataclasses.replace(person, confidence=1.0)
    half = dataclasses.replace(person, confidence=0.5)
    for mode in MODES:
        whole = emotion_weight(sure, kind, mode).value
        assert emotion_weight(half, kind, mode).value == pytest.approx(whole / 2)


@given(people(), st.sampled_from(KINDS))
def test_zero_when_nothing_may_count(person: PersonProfile, kind: PlaceType) -> None:
    assert emotion_weight(person, kind, "off").value == 0.0
    assert emotion_weight(None, kind, "lift").value == 0.0
    assert emotion_weight(dataclasses.replace(person, abstained=True), kind, "lift").value == 0.0
    assert emotion_weight(dataclasses.replace(person, confidence=0.0), kind, "match").value == 0.0


@given(people(), st.sampled_from(KINDS), UNIT, st.floats(0, 90))
def test_gender_and_age_have_no_part(
    person: PersonProfile, kind: PlaceType, female: float, age: float
) -> None:
    other = dataclasses.replace(person, female=female, age=AgeRange(age, age, age))
    for mode in MODES:
        assert emotion_weight(person, kind, mode) == emotion_weight(other, kind, mode)


@given(people(), st.sampled_from(MODES))
def test_all_types_in_the_order_of_the_table(person: PersonProfile, mode: Mode) -> None:
    assert emotion_weights(person, mode) == [emotion_weight(person, kind, mode) for kind in KINDS]


@given(people(states=("Sad", "Worried", "Frustrated", "Exhausted", "Bored")))
def test_low_moods_never_bring_forward_alcohol_or_gambling(person: PersonProfile) -> None:
    low = dataclasses.replace(person, valence=-abs(person.valence))
    adult = [kind for kind in KINDS if is_for_adults(kind)]
    assert {"bar", "pub", "nightclub", "casino"} <= {kind.name for kind in adult}
    for kind in adult:
        assert emotion_weight(low, kind, "lift").value <= 0.0
        assert emotion_weight(low, kind, "match").value <= 0.0


def test_a_neutral_face_shifts_nothing() -> None:
    neutral = np.eye(7)[FER7.index("neutral")]
    states = dict(zip(EMOPOI8, emopoi8_from_fer7(neutral).tolist(), strict=True))
    person = PersonProfile(
        id=1, observed_s=9.0, fer7={"neutral": 1.0}, emopoi8=states, valence=0.0, arousal=0.0,
        variability=0.0, confidence=0.9, abstained=False,
    )  # fmt: skip
    for kind in KINDS:
        assert emotion_weight(person, kind, "lift").value == 0.0
        assert emotion_weight(person, kind, "match").value == 0.0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.mode}-{rule.state}-{rule.quality}")
def test_each_row_of_the_table_acts_in_its_direction(profile_of, rule) -> None:
    (person,) = profile_of(rule.state, share=0.5, valence=0.0, arousal=0.0, confidence=1.0).people
    plain = dict.fromkeys(QUALITIES, 0.2)
    some = dataclasses.replace(TYPES["museum"], name="museum", **plain)
    more = dataclasses.replace(some, name="library", **{rule.quality: 0.4})
    values = []
    for kind in (some, more):
        from recommender import emotion_prior

        emotion_prior._qualities.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(emotion_prior, "TYPES", {kind.name: kind})
            values.append(emotion_weight(person, kind, rule.mode).value)
        emotion_prior._qualities.cache_clear()
    assert values[1] - values[0] == pytest.approx(0.5 * rule.strength * 0.2)


@pytest.mark.parametrize(
    ("state", "better", "worse"),
    [
        ("Sad", "park", "mall"),
        ("Worried", "water", "bar"),
        ("Frustrated", "sports_centre", "cafe"),
        ("Frustrated", "park", "museum"),
        ("Exhausted", "park", "fitness_centre"),
        ("Exhausted", "library", "restaurant"),
        ("Bored", "museum", "park"),
        ("Bored", "marketplace", "cafe"),
        ("Happy", "restaurant", "memorial"),
        ("Excited", "nightclub", "garden"),
    ],
)
def test_direction_of_the_evidence(profile_of, state: str, better: str, worse: str) -> None:
    valence = 0.5 if state in ("Happy", "Excited") else -0.4
    (person,) = profile_of(state, valence=valence).people
    of = {kind.name: emotion_weight(person, kind, "lift").value for kind in KINDS}
    assert of[better] > of[worse]


def test_the_table_is_whole() -> None:
    for rule in RULES:
        assert rule.mode in ("lift", "match")
        assert rule.state in EMOPOI8
        assert rule.quality in QUALITIES
        assert rule.source in SOURCES
        assert 0.0 < abs(rule.strength) <= 1.0
    for mode in ("lift", "match"):
        assert {rule.state for rule in RULES if rule.mode == mode} == set(EMOPOI8) - {"Neutral"}
    assert len({(rule.mode, rule.state, rule.quality) for rule in RULES}) == len(RULES)


def test_the_leading_state(profile_of) -> None:
    (person,) = profile_of("Bored", share=0.6).people
    assert leading_state(person) == ("Bored", 0.6)
    assert leading_state(dataclasses.replace(person, emopoi8={}))[1] == 0.0
