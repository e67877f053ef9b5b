import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.feedback import Prior
from recommender.feedback.pooling import pooled, prior_of_all
from tests.recommender.feedback.made_places import GROUPS_OF_TYPES as GROUPS

SAID = st.dictionaries(
    st.sampled_from(sorted(GROUPS)), st.tuples(st.floats(0, 200), st.floats(0, 200)), max_size=5
)


def test_nothing_said_is_the_prior() -> None:
    of_type, of_group = pooled({}, GROUPS, Prior())
    assert of_type.keys() == GROUPS.keys()
    assert of_group.keys() == set(GROUPS.values())
    for belief in [*of_type.values(), *of_group.values()]:
        assert (belief.mean, belief.said) == (0.5, 0)
        assert belief.sd == pytest.approx(0.2236, abs=1e-4)


def test_a_like_speaks_for_its_type_then_its_group_then_nobody() -> None:
    of_type, of_group = pooled({"cafe": (3.0, 0.0)}, GROUPS, Prior())
    assert of_type["cafe"].mean > of_type["tea_house"].mean > of_type["museum"].mean == 0.5
    assert of_type["cafe"].sd < of_type["tea_house"].sd
    assert of_group["cafe"].said == of_type["cafe"].said == 3
    assert of_type["tea_house"].said == 0


def test_one_type_alone_does_not_settle_its_group() -> None:
    _, of_group = pooled({"cafe": (1e6, 0.0)}, GROUPS, Prior())
    assert of_group["cafe"].mean < 0.76


@given(SAID, st.sampled_from(sorted(GROUPS)), st.floats(0.01, 5))
def test_praise_never_lowers_and_blame_never_raises(
    said: dict[str, tuple[float, float]], name: str, more: float
) -> None:
    before, _ = pooled(said, GROUPS, Prior())
    success, failure = said.get(name, (0.0, 0.0))
    praised, _ = pooled(said | {name: (success + more, failure)}, GROUPS, Prior())
    blamed, _ = pooled(said | {name: (success, failure + more)}, GROUPS, Prior())
    assert praised[name].mean > before[name].mean > blamed[name].mean
    for other in GROUPS:
        if GROUPS[other] == GROUPS[name]:
            assert praised[other].mean >= before[other].mean - 1e-12
            assert blamed[other].mean <= before[other].mean + 1e-12
        else:
            assert praised[other] == blamed[other] == before[other]


@given(SAID)
def test_every_belief_is_a_probability_with_room(said: dict[str, tuple[float, float]]) -> None:
    of_type, of_group = pooled(said, GROUPS, Prior(mean=0.99, of_type={"bar": 0.01}))
    for belief in [*of_type.values(), *of_group.values()]:
        assert 0.0 < belief.mean < 1.0
        assert belief.sd > 0.0


def test_what_all_like_is_where_a_new_person_starts() -> None:
    prior = prior_of_all({"cafe": (90.0, 10.0), "bar": (10.0, 90.0)}, GROUPS)
    assert 0.45 < prior.mean < 0.55
    of_type, _ = pooled({}, GROUPS, prior)
    assert of_type["cafe"].mean > 0.8
    assert of_type["cafe"].mean > of_type["tea_house"].mean > of_type["park"].mean > of_type["bar"].mean
    assert of_type["cafe"].said == 0
    own, _ = pooled({"bar": (6.0, 0.0)}, GROUPS, prior)
    assert own["bar"].mean > 0.5


def test_nobody_said_anything() -> None:
    assert prior_of_all({}, GROUPS) == Prior()


@pytest.mark.parametrize(
    "change",
    [{"mean": 0}, {"of_type": {"cafe": 1.0}}, {"of_group": {"cafe": float("nan")}}, {"type_strength": 0}],
)
def test_no_prior(change: dict) -> None:
    with pytest.raises(InputError, match="expected"):
        Prior(**change)
