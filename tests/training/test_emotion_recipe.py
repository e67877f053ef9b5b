from dataclasses import replace

import numpy as np
import pytest

from emopoi.models.face_encoder import EncoderConfig
from training import emotion_recipe
from training.emotion_recipe import (
    STUDENT,
    TEACHER,
    EmotionRecipe,
    make_training_model,
    network_of,
    resized,
    targets,
)
from training.fer2013 import ExpressionFaces
from training.loop import LoopSettings
from training.run_folder import PLATEAU

SMALL = EncoderConfig(stages=((4,), (8, 8)))
RECIPE = EmotionRecipe(
    LoopSettings(epochs=1, batch=16, learning_rate=1e-3), encoder=SMALL, picture=24, crop=20, votes=0.3
)


@pytest.fixture
def faces():
    random = np.random.default_rng(0)
    votes = random.dirichlet(np.ones(8), 32).astype(np.float32)
    return ExpressionFaces(
        random.integers(0, 256, (32, 48, 48, 1), dtype=np.uint8),
        random.integers(0, 7, 32),
        votes,
        np.arange(32),
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


def test_a_teacher_is_learned_from(faces, tmp_path, monkeypatch):
    answers = np.random.default_rng(1).dirichlet(np.ones(7), 32).astype(np.float32)
    file, asked = tmp_path / "teacher.weights.h5", []
    monkeypatch.setattr(emotion_recipe, "teacher_answers", lambda *words: asked.append(words) or answers)
    plain = targets(RECIPE, faces, training=True)[0]["fer7"]
    for share in (0.0, 0.5, 1.0):
        recipe = replace(RECIPE, teacher=file, distil=share)
        labels, _ = targets(recipe, faces, training=True)
        np.testing.assert_allclose(labels["fer7"], (1 - share) * plain + share * answers, atol=1e-6)
        np.testing.assert_allclose(labels["fer7"].sum(axis=1), 1.0, atol=1e-5)
        np.testing.assert_array_equal(labels["ferplus8"], faces.ferplus8)
    # Validation knows the plain labels alone.
    labels, _ = targets(recipe, faces, training=False)
    np.testing.assert_array_equal(labels["fer7"], np.eye(7)[faces.fer7])
    # The teacher's widths may be those of the student, of the shipped network or of the large one.
    weights, pictures, encoders = asked[-1]
    assert weights == file and encoders == (SMALL, STUDENT, TEACHER)
    np.testing.assert_array_equal(pictures, faces.pictures)
    assert len(asked) == 3


def test_a_start_is_taken_from_a_network_or_a_checkpoint(faces, tmp_path):
    model, _, _ = fit(RECIPE, faces)
    network_of(model).save_weights(tmp_path / "some.weights.h5")
    model.save_weights(tmp_path / PLATEAU)
    for name in ("some.weights.h5", PLATEAU):
        again = make_training_model(replace(RECIPE, start=tmp_path / name), 32)
        for one, other in zip(network_of(again).weights, network_of(model).weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_first_faces(faces):
    some = faces.first(5)
    assert len(some) == 5 and len(faces.first(None)) == len(faces) == 32
    np.testing.assert_array_equal(some.ferplus8, faces.ferplus8[:5])
    np.testing.assert_array_equal(some.pictures, faces.pictures[:5])
