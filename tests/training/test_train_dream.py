"""The recipe learns eight faces by heart, and runs as a file."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from emopoi.errors import InputError
from emopoi.models.face_encoder import EncoderConfig
from emopoi.models.face_regressor import FaceRegressorConfig, build_face_regressor
from emopoi.models.head_in_crop import HeadInCrop
from emopoi.models.mouth import build_mouth_network
from emopoi.runtime.frozen_head import load_head
from training import train_dream
from training.face3d import point_loss
from training.face3d.dream_model import config_for, unlikely
from training.face3d.dream_recipe import LOOK_WEIGHTS, DreamRecipe
from training.face3d.point_loss import ExpressionLoss, PointsLoss
from training.face3d.regressor_faces import PICTURE, load_regressor_faces
from training.recipe_options import run_recipe
from training.run_folder import save_weights
from training.train_dream import train

ROOT = Path(__file__).parents[2]


def test_closed_lids_cost_more_than_points_that_are_off_alike():
    points = np.random.default_rng(0).normal(size=(1, 469, 3)).astype(np.float32) * 20
    points[:, -1] = 40
    moved, closed = points.copy(), points.copy()
    moved[:, :-1, 1] += 1.0
    for upper, lower in point_loss.LIDS:
        closed[:, upper, :2] = closed[:, lower, :2] = (closed[:, upper, :2] + closed[:, lower, :2]) / 2
    loss = PointsLoss(np.arange(468))
    assert float(loss(points, points)) == 0
    assert float(loss(points, closed)) > float(loss(points, moved)) > 0
    few = PointsLoss(np.array([1, 2, 3]))
    assert float(few(points[:, [0, 1, 2, -1]], moved[:, [0, 1, 2, -1]])) > 0


def test_what_seldom_moves_counts_as_much_as_what_moves_much():
    spread = np.float32([0.02, 0.3])
    loss = ExpressionLoss(spread)
    true = np.zeros((1, 2), np.float32)
    seldom, often = (
        float(loss(true, true + off)) for off in (np.float32([[0.05, 0]]), np.float32([[0, 0.33]]))
    )
    np.testing.assert_allclose(seldom, often, rtol=1e-4)
    # As heavy as plain squares where errors are as large as what is told.
    usual = spread + ExpressionLoss.LEAST
    np.testing.assert_allclose(float(loss(true, usual[None])), np.mean(usual**2), rtol=1e-4)


@pytest.mark.parametrize(("named", "usual", "odd"), [(True, 0.5, -0.5), (False, -0.5, -3.0)])
def test_components_may_be_negative_and_amounts_may_not(named, usual, odd):
    def cost(value):
        zero = {name: np.zeros((1, 2), np.float32) for name in ("identity", "albedo", "light")}
        told = zero | {"expression": np.full((1, 2), value, np.float32)}
        return float(unlikely(told, named=named)[0, 0])

    assert cost(usual) < 1.0 < cost(odd) and (cost(usual) == 0) == named


def test_eight_faces_are_learned_by_heart(data_dir, tmp_path):
    """The network and the losses of the recipe, the faces as they are."""
    head = load_head()
    faces = load_regressor_faces(head, data_dir, tmp_path, train_dream.VALID, 8)
    small = EncoderConfig(stages=((16,), (32,), (32,), (32,)), stem_stride=2)
    keras.utils.set_random_seed(0)
    network = build_face_regressor(FaceRegressorConfig(size=PICTURE, encoder=small, hidden=64, dropout=0.0))
    placed = HeadInCrop(head, PICTURE, np.arange(468))
    straight = np.tile(np.float32([[1, 0, 0, 0, 1, 0]]), (len(faces), 1))
    given = (faces.pictures.astype(np.float32) - 127.5) / 64
    asked, distance = faces.points, faces.eye_distance_px[:, None, None]
    optimizer = keras.optimizers.Adam(3e-3)

    @tf.function
    def loss():
        told = network(given, training=True)
        points = placed(told["identity"], told["expression"], told["turn"], told["camera"], straight)[
            "points"
        ]
        return ops.mean(ops.abs(points - asked) / distance)

    before = float(loss())
    optimizer.build(network.trainable_weights)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss()
        optimizer.apply(tape.gradient(value, network.trainable_weights), network.trainable_weights)

    for _ in range(60):
        step()
    assert float(loss()) < 0.4 * before


def test_the_recipe_leaves_its_weights(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(train_dream, "TRAIN", train_dream.VALID)
    settings = replace(train_dream.SETTINGS, epochs=2, batch=4, fall_epochs=1.0)
    network = train(load_head(), data_dir, tmp_path, tmp_path / "run", recipe=DreamRecipe(settings), rows=8)
    rows = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    assert len(rows) == 2 and all(np.isfinite(list(row.values())).all() for row in rows)
    assert (tmp_path / "run" / train_dream.RESULT).is_file() and network.name == "face_regressor"


def test_it_runs_as_a_file():
    done = subprocess.run(
        [sys.executable, "training/train_dream.py", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and "--head FILE" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--data", "nowhere"], "no such folder"), ([], "--data")],
)
def test_a_mistake_is_one_line(words, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train_dream.py", *words])
    assert run_recipe(train_dream.main) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ") and said in told.err and told.err.count("\n") == 1 and not told.out


def test_looking_goes_on_from_points_and_can_be_resumed(data_dir, tmp_path, monkeypatch, capsys):
    """A few photos and a clip, every loss: finite, written down by name, and the same after a kill."""
    from tests.training.test_train_detail import plain_albedo
    from training.face3d.clip_faces import faces_of_clip
    from training.face3d.meshes import load_landmarks

    head = load_head()
    keras.utils.set_random_seed(0)
    save_weights(build_face_regressor(config_for(head)), tmp_path / "points.weights.h5")
    save_weights(build_mouth_network(), tmp_path / "mouth.weights.h5")
    clip = faces_of_clip(head, data_dir / "videos" / "lrs3_OzA6jRYjVQs_00004.mp4", load_landmarks())
    monkeypatch.setattr(train_dream, "load_clip_faces", lambda *_: [part.rows(np.arange(4)) for part in clip])
    faces = load_regressor_faces(head, data_dir, tmp_path, train_dream.VALID, 8)
    recipe = DreamRecipe(
        replace(train_dream.LOOKING, epochs=2, batch=8, fall_epochs=1.0),
        looks=dict(LOOK_WEIGHTS),
        drawn_px=48,
        start=tmp_path / "points.weights.h5",
        albedo=plain_albedo(head, tmp_path / "albedo.npz"),
        emotion=train_dream.EMOTION,
        mouth=tmp_path / "mouth.weights.h5",
        clips=data_dir / "videos",
    )
    run = tmp_path / "run"
    network = train_dream.learn(head, faces, faces, run, recipe=recipe, precision="float32")
    rows = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert {f"{name}_loss" for name in LOOK_WEIGHTS} < set(rows[0])
    assert all(np.isfinite(list(row.values())).all() for row in rows)
    assert network.output["albedo"].shape[1] == 1 and network.output["light"].shape[1] == 27
    weights = network.get_weights()
    again = train_dream.learn(head, faces, faces, run, recipe=recipe, precision="float32", resume=True)
    assert "resuming after epoch 2" in capsys.readouterr().err
    for one, other in zip(weights, again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "choices",
    [
        {"looks": {"emotion": 1.0}},
        {"looks": {"beauty": 1.0}},
        {"looks": {"lips": 1.0}, "albedo": Path("a.npz")},
        {"points": {"points": -1.0}},
        {"clips": Path("videos")},
    ],
)
def test_choices_that_do_not_fit_are_refused(choices):
    with pytest.raises(InputError):
        DreamRecipe(train_dream.SETTINGS, **choices)


def test_no_face_in_the_data_is_one_line(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(
        train_dream,
        "load_regressor_faces",
        lambda head, data, cache, files, rows: load_regressor_faces(
            head, data, cache, train_dream.VALID, 1
        ).rows(np.arange(0)),
    )
    with pytest.raises(InputError, match="sees a face in none"):
        train(load_head(), data_dir, tmp_path, tmp_path / "run")
