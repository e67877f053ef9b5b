"""Mouths are cut where they are, and told as the points have them."""

import numpy as np
import pytest

from emopoi.models.mouth import MEASURES, MouthConfig, build_mouth_network, mouth_windows
from emopoi.runtime.frozen_head import load_head
from training.face3d.mouth_crops import cut_mouths, mouth_measures, mouth_middle
from training.face3d.regressor_faces import load_regressor_faces
from training.face3d.train_mouth import VALID, train
from training.loop import LoopSettings


@pytest.fixture(scope="module")
def faces(data_dir, tmp_path_factory):
    return load_regressor_faces(load_head(), data_dir, tmp_path_factory.mktemp("cache"), VALID, 12)


def test_an_opening_mouth_is_told():
    points = np.zeros((2, 468, 3), np.float32)
    points[:, 61, 0], points[:, 291, 0] = -10, 10
    points[1, 14, 1] = points[1, 17, 1] = 8
    points[:, [0, 13, 14, 17], 2] = -3
    told = dict(zip(MEASURES, mouth_measures(points, np.full(2, 40.0)).T, strict=True))
    np.testing.assert_allclose(told["aperture"], [0, 0.2])
    np.testing.assert_allclose(told["width"], [0.5, 0.5])
    np.testing.assert_allclose(told["protrusion"], [3 / 40, 3 / 40])


def test_the_network_cuts_as_the_training_data_were_cut(faces):
    config = MouthConfig()
    cut = cut_mouths(faces, config, None).windows[..., 0].astype(float)
    middle = mouth_middle(faces.points).astype(np.float32)
    found = mouth_windows(
        faces.pictures.astype(np.float32), middle[:, 0], middle[:, 1], faces.eye_distance_px, config
    )
    luma = np.asarray(found) @ np.array([0.299, 0.587, 0.114])
    assert np.abs(luma - cut).mean() < 3.0 < cut.std()


def test_changed_windows_differ_and_say_the_same(faces):
    plain = cut_mouths(faces, MouthConfig(), None)
    changed = cut_mouths(faces, MouthConfig(), np.random.default_rng(0))
    assert np.abs(plain.windows.astype(float) - changed.windows).mean() > 5
    np.testing.assert_array_equal(plain.measures, changed.measures)


def test_the_recipe_leaves_weights_and_figures(data_dir, tmp_path, monkeypatch):
    import keras

    monkeypatch.setattr("training.face3d.train_mouth.TRAIN", VALID)
    before = keras.config.dtype_policy().name
    try:
        figures = train(
            data_dir, tmp_path, tmp_path / "run", settings=LoopSettings(epochs=1, batch=8), rows=12
        )
    finally:
        keras.config.set_dtype_policy(before)
    assert set(MEASURES) < set(figures) and (tmp_path / "run" / "mouth.weights.h5").is_file()
    network = build_mouth_network()
    network.load_weights(tmp_path / "run" / "mouth.weights.h5")
