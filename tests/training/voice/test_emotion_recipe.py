import numpy as np
import pytest

from tests.training.voice.made_voices import made_clips
from training.voice.emotion_recipe import hits, label_loss, soft_labels
from training.voice.voice_clips import balance


def test_targets_are_shares_of_the_source_s_own_labels():
    clips = made_clips()
    told = soft_labels(clips, 0.1)
    np.testing.assert_allclose(np.where(clips.allowed, told, 0).sum(axis=1), 1.0, atol=1e-6)
    assert (told[~clips.allowed] == -1).all()
    assert (told.argmax(axis=1) == clips.label).all()


def test_a_label_that_the_source_lacks_is_neither_right_nor_wrong():
    clips = made_clips()
    targets = soft_labels(clips, 0.0)
    logits = np.random.default_rng(0).normal(size=targets.shape).astype(np.float32)
    louder = logits + 5.0 * ~clips.allowed
    np.testing.assert_allclose(label_loss(targets, logits), label_loss(targets, louder), atol=1e-3)
    np.testing.assert_array_equal(hits(targets, logits), hits(targets, louder))
    assert np.asarray(hits(targets, 9 * targets)).all()


def test_rows_without_a_label_cost_nothing():
    assert float(label_loss(np.full((1, 8), -1, np.float32), np.ones((1, 8), np.float32))[0]) == 0.0


def test_rare_labels_count_more():
    clips = made_clips()
    weights = balance(clips.rows(np.array([0, 4, 4, 4, 4])))
    assert weights.mean() == pytest.approx(1.0)
    assert weights[0] == pytest.approx(2 * weights[1])
