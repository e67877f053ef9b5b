from dataclasses import replace

import keras
import numpy as np
import pytest

from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.face_encoder import EncoderConfig
from training.emotion_recipe import (
    EmotionRecipe,
    TaughtLoss,
    make_training_model,
    network_of,
    refresh_norms,
    resized,
    targets,
)
from training.fer2013 import ExpressionFaces
from training.loop import LoopSettings

SMALL = EncoderConfig(stages=((4,), (8, 8)))
RECIPE = EmotionRecipe(
    LoopSettings(epochs=1, batch=16, learning_rate=1e-3), encoder=SMALL, picture=24, crop=20, votes=0.3
)


@pytest.fixture
def faces():
    random = np.random.default_rng(0)
    votes = random.dirichlet(np.ones(8), 32).astype(np.float32)
    return ExpressionFaces(
        random.integers(0, 256, (32, 48, 48, 1), dtype=np.uint8), random.integers(0, 7, 32), votes
    )


def fit(recipe, faces):
    model = make_training_model(recipe, len(faces))
    before = [np.array(weight) for weight in network_of(model).trainable_weights]
    pictures = resized(faces.pictures, recipe.picture)
    labels, weights = targets(recipe, faces, training=True)
    history = model.fit(pictures, labels, sample_weight=weights, batch_size=16, verbose=0)
    after = network_of(model).trainable_weights
    moved = [float(np.abs(np.array(a) - b).max()) for a, b in zip(after, before, strict=True)]
    return model, history.history, moved


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ferplus": False},
        {"loop": replace(RECIPE.loop, optimizer="muon")},
        {"loop": replace(RECIPE.loop, ema=0.9)},
        {"sharpness": 0.05},
    ],
)
def test_every_choice_trains_every_weight(faces, change):
    recipe = replace(RECIPE, **change)
    _, history, moved = fit(recipe, faces)
    assert np.isfinite(history["loss"]).all()
    # Two steps move all that a loss reaches; without the second head that head stays.
    assert sum(move > 0 for move in moved) == len(moved) - (0 if recipe.ferplus else 2)


def test_a_teacher_stays_and_is_learned_from(faces, tmp_path):
    teacher = build_emotion_network(EmotionConfig(size=20, encoder=SMALL))
    teacher.save_weights(tmp_path / "teacher.weights.h5")
    recipe = replace(RECIPE, teacher=tmp_path / "teacher.weights.h5", teacher_encoder=SMALL)
    model, history, moved = fit(recipe, faces)
    assert 0 <= history["fer7_accuracy"][0] <= 1 and min(moved) > 0
    for kept in model.get_layer("teacher").layers:
        for one, other in zip(kept.weights, teacher.get_layer(kept.name).weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_agreeing_with_the_teacher_costs_least():
    own = np.array([[3.0, 0, 0, 0, 0, 0, 0]], np.float32)
    other = np.array([[0, 3.0, 0, 0, 0, 0, 0]], np.float32)
    label = np.eye(7, dtype=np.float32)[[0]]
    loss = TaughtLoss(share=0.5)
    agree, differ = (float(loss(label, np.concatenate([own, t], axis=1))) for t in (own, other))
    assert agree < differ
    plain = float(keras.losses.CategoricalCrossentropy(from_logits=True)(label, own))
    assert float(TaughtLoss(share=0.0)(label, np.concatenate([own, other], axis=1))) == pytest.approx(plain)


def test_norms_follow_the_pictures(faces):
    model = make_training_model(RECIPE, 32)
    norm = network_of(model).get_layer("encoder_0_0_norm")
    before = np.array(norm.moving_mean)
    weights = [np.array(weight) for weight in model.trainable_weights]
    refresh_norms(model, resized(faces.pictures, 24), 16, batches=3)
    assert np.abs(np.array(norm.moving_mean) - before).max() > 1e-4
    for one, other in zip(model.trainable_weights, weights, strict=True):
        np.testing.assert_array_equal(one, other)
