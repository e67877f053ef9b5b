import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.types import EMOPOI8, FER7, FER7_TO_EMOPOI8, FERPLUS8, emopoi8_from_fer7

WEIGHTS = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda values: sum(values) > 0.01)


def test_the_label_sets_are_those_of_the_field():
    assert FER7 == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert set(FERPLUS8) == {
        "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
    }  # fmt: skip
    assert EMOPOI8 == ("Happy", "Worried", "Sad", "Excited", "Exhausted", "Frustrated", "Bored", "Neutral")


def test_the_map_is_a_table_of_distributions_that_nobody_can_change():
    assert FER7_TO_EMOPOI8.shape == (7, 8)
    assert np.all(FER7_TO_EMOPOI8 >= 0.0)
    assert np.allclose(FER7_TO_EMOPOI8.sum(axis=1), 1.0)
    with pytest.raises(ValueError, match="read-only"):
        FER7_TO_EMOPOI8[0, 0] = 1.0


@pytest.mark.parametrize(
    ("expression", "state"),
    [
        ("angry", "Frustrated"),
        ("disgust", "Frustrated"),
        ("fear", "Worried"),
        ("happy", "Happy"),
        ("sad", "Sad"),
        ("surprise", "Excited"),
        ("neutral", "Neutral"),
    ],
)
def test_each_expression_alone_leads_to_its_state(expression, state):
    shares = emopoi8_from_fer7(np.eye(7, dtype=np.float32)[FER7.index(expression)])
    assert EMOPOI8[int(shares.argmax())] == state


@given(WEIGHTS)
def test_a_distribution_stays_one_and_low_states_never_win(weights):
    shares = emopoi8_from_fer7(np.array(weights) / sum(weights))
    assert shares.sum() == pytest.approx(1.0)
    assert shares.min() >= 0.0
    assert EMOPOI8[int(shares.argmax())] not in ("Bored", "Exhausted")


def test_leading_axes_and_sums_are_kept():
    shares = emopoi8_from_fer7(np.full((3, 5, 7), 2.0, dtype=np.float32))
    assert shares.shape == (3, 5, 8) and shares.dtype == np.float64
    assert np.allclose(shares.sum(axis=-1), 14.0)
