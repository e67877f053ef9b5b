"""The recipe of detail learns something, and the head that comes of it is one like any other."""

import keras
import numpy as np
import pytest

from emopoi.head.detailed_head import LEVELS, detailed_head
from emopoi.head.finer_head import finer_head
from emopoi.head.head_model import PARTS
from emopoi.head.point_alignment import PointAlignment
from emopoi.models.face_regressor import build_face_regressor
from emopoi.runtime.frozen_head import load_head
from training import train_detail
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_model import config_for
from training.run_folder import save_weights
from training.train_detail import DetailRecipe, train


@pytest.fixture(scope="module")
def head():
    return load_head()


def plain_albedo(head, path):
    """An even face of one mode in even light."""
    count = len(finer_head(head, LEVELS).v_template)
    light = np.zeros((9, 3), np.float32)
    light[0] = 0.8
    modes = np.full((count, 3, 1), 0.1, np.float32)
    AlbedoBasis(
        np.full((count, 3), 0.6, np.float32),
        modes,
        np.ones(count, bool),
        light,
        np.full((9, 3), 0.1, np.float32),
    ).save(path)
    return path


def test_eight_faces(head, data_dir, tmp_path, monkeypatch):
    keras.utils.set_random_seed(0)
    albedo = plain_albedo(head, tmp_path / "albedo.npz")
    save_weights(build_face_regressor(config_for(head, 1)), tmp_path / "coarse.weights.h5")
    loop = train_detail.SETTINGS.__class__(epochs=2, batch=4, optimizer="adamw", learning_rate=3e-3)
    recipe = DetailRecipe(loop, regressor=tmp_path / "coarse.weights.h5", albedo=albedo, drawn_px=48)
    run = tmp_path / "run"
    encoder, decoder = train(head, data_dir, tmp_path, run, recipe=recipe, rows=8, files=train_detail.VALID)
    assert (run / train_detail.ENCODER).is_file() and (run / train_detail.DECODER).is_file()
    faces = np.random.default_rng(0).normal(size=(1, 96, 96, 3)).astype(np.float32)
    code = np.asarray(encoder(faces)["code"], np.float32)

    def displacement(expression):
        told = decoder({"code": code, "expression": np.asarray(expression, np.float32)[None]})
        return np.asarray(told["displacement"], np.float32)[0, ..., 0]

    assert np.abs(displacement(np.zeros(51))).max() > 0
    folded = detailed_head(head, PointAlignment(head).unit, displacement)
    finer = finer_head(head, 1)
    assert folded.expression_names == head.expression_names and folded.f.shape == finer.f.shape
    moved = np.linalg.norm(folded.v_template - finer.v_template, axis=1)
    skin = np.unique(finer.f[finer.face_parts == PARTS.index("skin")])
    others = np.setdiff1d(np.arange(len(moved)), skin)
    assert moved.max() > 0 and moved[others].max() == 0
    # Expressions carry folds of their own; identity has none.
    assert not np.allclose(folded.shapedirs[..., 30:], finer.shapedirs[..., 30:])
    np.testing.assert_array_equal(folded.shapedirs[..., :30], finer.shapedirs[..., :30])
