from dataclasses import replace

import numpy as np
from hypothesis import given

from emopoi.types import AgeRange
from recommender.ranking.person_prior import AGE_RULES, GENDER_RULES, LARGEST, SOURCES, USES, person_prior
from recommender.taxonomy import CODES, TYPES
from tests.recommender.conftest import make_profile
from tests.recommender.ranking.made_tables import people

(SOMEBODY,) = make_profile("Neutral").people


def test_rules_are_whole() -> None:
    for rule in (*AGE_RULES, *GENDER_RULES):
        assert rule.type in TYPES and TYPES[rule.type].suggestible
        assert rule.source in SOURCES
        assert 0.0 < abs(rule.weight) <= LARGEST
    assert all(rule.low < rule.high for rule in AGE_RULES)


@given(people())
def test_off_by_default_and_bounded(person) -> None:
    assert not person_prior(person, frozenset()).any()
    assert not person_prior(None, frozenset(USES)).any()
    both = person_prior(person, frozenset(USES))
    assert both.shape == (len(TYPES),) and both.dtype == np.float32
    assert np.abs(both).max() <= np.float32(LARGEST)


@given(people())
def test_each_switch_takes_its_own_alone(person) -> None:
    without_age, without_gender = replace(person, age=None), replace(person, female=None)
    age, gender = frozenset({"age"}), frozenset({"gender"})
    np.testing.assert_array_equal(person_prior(person, age), person_prior(without_gender, age))
    np.testing.assert_array_equal(person_prior(person, gender), person_prior(without_age, gender))
    assert not person_prior(without_age, age).any()
    assert not person_prior(without_gender, gender).any()


def test_directions() -> None:
    def at(age: float, kind: str) -> float:
        person = replace(SOMEBODY, age=AgeRange(age, age, age))
        return float(person_prior(person, frozenset({"age"}))[CODES[kind]])

    assert at(20, "pitch") > 0.0 == at(30, "pitch") and at(60, "concert_hall") > 0.0 == at(40, "concert_hall")
    women, men = (
        person_prior(replace(SOMEBODY, female=share), frozenset({"gender"})) for share in (1.0, 0.0)
    )
    np.testing.assert_allclose(women, -men)
    assert women[CODES["yoga"]] > 0.0 > women[CODES["pitch"]]
    assert not person_prior(replace(SOMEBODY, female=0.5), frozenset({"gender"})).any()
