import numpy as np
import pytest

from training.expression3d.fusion import fuse, fusion_figures
from training.expression3d.scores import scores, with_prior


def test_all_faces_count_and_those_that_are_believed_once_more():
    answers = np.eye(7)[[0, 1, 2, 3]]
    told = scores(answers, np.array([0, 1, 3, 3]), np.array([0.9, 0.2, 0.8, 0.7]))
    assert (told["n"], told["accuracy"], told["n_found"]) == (4, 0.75, 3)
    assert told["accuracy_found"] == pytest.approx(0.6667, abs=1e-3)
    assert told["by_class"]["happy"] == 0.5 and np.array(told["confusion"]).sum() == 4


def test_where_there_are_no_points_the_usual_is_told():
    logits = np.zeros((2, 7))
    logits[:, 2] = 5
    told = with_prior(logits, np.array([True, False]), np.array([3, 3, 3, 1]))
    assert told.argmax(axis=1).tolist() == [2, 3] and told[1, 3] == pytest.approx(0.75)
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)


def test_fusion_gains_where_two_err_apart_and_nothing_where_one_knows_nothing():
    random = np.random.default_rng(0)
    labels = random.integers(0, 7, 3000)

    def noisy(strength):
        logits = strength * np.eye(7)[labels] + random.normal(0, 1, (3000, 7))
        shares = np.exp(logits)
        return shares / shares.sum(axis=1, keepdims=True)

    pixels = noisy(2.0)
    told = fusion_figures(pixels, noisy(2.0), labels)
    assert told["gain"] > 0.05 and told["fused"] > told["pixels"] and min(told["weights"]) > 0.5
    useless = fusion_figures(pixels, np.full((3000, 7), 1 / 7), labels)
    assert useless["gain"] == 0
    assert np.array_equal(fuse(pixels, noisy(1.0), 0.0).argmax(axis=1), pixels.argmax(axis=1))
