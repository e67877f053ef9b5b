import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.types.labels import FER7, FERPLUS8
from training.soft_labels import blend, likely_labels

NEUTRAL, HAPPY = FERPLUS8.index("neutral"), FERPLUS8.index("happiness")


def some(rows: int, seed: int = 0):
    random = np.random.default_rng(seed)
    votes = random.dirichlet(np.full(8, 0.4), rows).astype(np.float32)
    votes[:: max(1, rows // 5)] = 0
    return votes, random.integers(0, 7, rows)


def test_votes_are_translated_as_the_labels_tell():
    # Where voters say happiness the label is happy nine times of ten.
    votes = np.zeros((200, 8), np.float32)
    votes[:100, HAPPY] = votes[100:, NEUTRAL] = 1
    labels = np.array([FER7.index("happy")] * 90 + [FER7.index("sad")] * 10 + [FER7.index("neutral")] * 100)
    likely = likely_labels(votes, labels)
    assert likely[0, FER7.index("happy")] == pytest.approx(0.9, abs=0.01)
    assert likely[0, FER7.index("sad")] == pytest.approx(0.1, abs=0.01)
    assert likely[150, FER7.index("neutral")] > 0.98


@given(st.integers(20, 60), st.floats(0, 1), st.floats(0, 0.3), st.integers(0, 9))
def test_targets_are_distributions(rows, share, smoothing, seed):
    votes, labels = some(rows, seed)
    target = blend(votes, labels, share, smoothing)
    assert target.shape == (rows, 7) and target.min() >= 0
    np.testing.assert_allclose(target.sum(1), 1, atol=1e-5)


def test_without_votes_the_label_stands():
    votes, labels = some(50)
    target = blend(votes, labels, 0.4)
    np.testing.assert_allclose(target[0], np.eye(7)[labels[0]], atol=1e-6)
    np.testing.assert_array_equal(blend(votes, labels, 0.0), np.eye(7)[labels])
