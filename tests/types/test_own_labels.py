import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.types import EMOPOI8, FER7, emopoi8_from_fer7
from emopoi.types.own_labels import OwnLabels

meanings = st.lists(st.sampled_from((*FER7, *EMOPOI8)), min_size=2, max_size=9)


@given(meanings, st.integers(0, 2**32 - 1))
def test_states_stay_a_distribution(meant, seed):
    names = [f"label {place}" for place in range(len(meant))]
    labels = OwnLabels.of(names, dict(zip(names, meant, strict=True)))
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(meant)))
    states = labels.emopoi8(shares)
    assert states.shape == (8,) and states.min() >= 0 and states.sum() == pytest.approx(1)
    if labels.are_expressions:
        fer7 = labels.fer7(shares)
        assert fer7.sum() == pytest.approx(1, abs=1e-5)
        assert np.allclose(emopoi8_from_fer7(fer7), states, atol=1e-5)


def test_a_state_is_taken_straight_and_not_by_way_of_an_expression():
    labels = OwnLabels.of(["Bored", "Happy"])
    assert dict(zip(EMOPOI8, labels.emopoi8(np.array([0.7, 0.3])), strict=True)) == pytest.approx(
        {state: {"Bored": 0.7, "Happy": 0.3}.get(state, 0.0) for state in EMOPOI8}
    )


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["Happy", "Sad", "Neutral"], ("Happy", "Sad", "Neutral")),
        (["happy", "sad", "neutral"], ("happy", "sad", "neutral")),
        (["Angry", "Happy", "Surprise"], ("angry", "happy", "surprise")),
        (["bored", "happy"], ("Bored", "Happy")),
        (["angry", "Bored"], ("angry", "Bored")),
        (["Grumpy", "HAPPY"], (None, "Happy")),
    ],
)
def test_what_folders_mean_by_their_names(names, meant):
    assert OwnLabels.of(names).meanings == meant


def test_a_map_goes_before_the_name_and_may_take_a_meaning_away():
    labels = OwnLabels.of(["Grumpy", "Happy", "Sad"], {"Grumpy": "angry", "Sad": None})
    assert labels.meanings == ("angry", "Happy", None) and labels.without_meaning == ("Sad",)
    with pytest.raises(InputError, match="without a meaning: Sad"):
        labels.emopoi8(np.ones(3) / 3)


def test_wrong_maps_are_refused():
    with pytest.raises(InputError, match="'Grumpi', but the labels are"):
        OwnLabels.of(["Grumpy", "Happy"], {"Grumpi": "angry"})
    with pytest.raises(InputError, match="got 'wrath'"):
        OwnLabels.of(["Grumpy", "Happy"], {"Grumpy": "wrath"})
    with pytest.raises(InputError, match="distinct"):
        OwnLabels.of(["Happy", "Happy"])


def test_shapes_and_kinds_are_checked():
    labels = OwnLabels.of(["Bored", "Happy"])
    with pytest.raises(InputError, match="shape"):
        labels.emopoi8(np.ones(3) / 3)
    with pytest.raises(InputError, match="FER-7"):
        labels.fer7(np.ones(2) / 2)
