import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.profile.circumplex import COORDINATES, valence_arousal
from emopoi.types import FER7

WEIGHTS = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda values: sum(values) > 0.01)


def test_one_label_alone_stands_at_its_coordinates():
    valence, arousal = valence_arousal(np.eye(7))
    assert valence.tolist() == [COORDINATES[label][0] for label in FER7]
    assert arousal.tolist() == [COORDINATES[label][1] for label in FER7]


def test_the_published_figures():
    assert COORDINATES["happy"] == (0.81, 0.51)
    assert COORDINATES["angry"] == (-0.51, 0.59)
    assert COORDINATES["sad"] == (-0.63, -0.27)
    assert COORDINATES["neutral"] == (0.0, 0.0)


@given(WEIGHTS)
def test_a_distribution_stays_within_the_coordinates(weights):
    shares = np.array(weights) / sum(weights)
    valence, arousal = valence_arousal(shares)
    assert -0.64 - 1e-9 <= float(valence) <= 0.81 + 1e-9
    assert -0.27 - 1e-9 <= float(arousal) <= 0.67 + 1e-9


@given(WEIGHTS, WEIGHTS, st.floats(0.0, 1.0))
def test_a_mixture_lies_between_its_parts(first, second, part):
    first, second = (np.array(weights) / sum(weights) for weights in (first, second))
    mixed = valence_arousal(part * first + (1.0 - part) * second)
    for value, of_first, of_second in zip(
        mixed, valence_arousal(first), valence_arousal(second), strict=True
    ):
        assert np.isclose(value, part * of_first + (1.0 - part) * of_second)


def test_leading_axes_are_kept_and_unsummed_shares_are_clipped():
    valence, arousal = valence_arousal(np.full((4, 5, 7), 3.0, dtype=np.float32))
    assert valence.shape == arousal.shape == (4, 5)
    assert np.all(np.abs(valence) <= 1.0) and np.all(arousal == 1.0)


@pytest.mark.parametrize("shape", [(), (8,), (7, 8)])
def test_another_shape_is_refused(shape):
    with pytest.raises(InputError, match="fer7"):
        valence_arousal(np.zeros(shape))
