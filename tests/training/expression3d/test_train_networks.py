import json

import keras
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.models.landmark_emotion import FACE_NUMBERS, build_landmark_emotion_network
from training.expression3d import study
from training.expression3d.labelled_points import Labels, class_weights
from training.expression3d.representations import NETWORKS, FaceShape
from training.expression3d.shape_space import find_shape_space
from training.expression3d.train_networks import behind_space
from training.fit import main as fit


@pytest.fixture(scope="module")
def data(data_dir, tmp_path_factory):
    """A few real faces."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "fer2013").mkdir()
    for name in ("train", "public_test"):
        faces = pd.read_parquet(data_dir / "fer2013" / f"{name}.parquet").head(48)
        faces.to_parquet(folder / "fer2013" / f"{name}.parquet")
    return folder


def test_the_recipe_leaves_what_publishing_and_the_study_need(data, tmp_path, capsys):
    runs = tmp_path / "runs"
    assert fit(["landmark_emotion", "--data", str(data), "--out", str(runs), "--epochs", "1"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 48 and 0 <= figures["accuracy"] <= 1 and figures["parameters"] < 300_000
    run = runs / "landmark_emotion"
    network = build_landmark_emotion_network()
    network.load_weights(run / "landmark_emotion.weights.h5")
    samples = np.load(run / "samples.npz")["points"]
    assert np.isfinite(network.predict(samples, verbose=0)["fer7"]).all()
    answers = np.load(run / "answers.npz")["answers"]
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-4)
    assert (run / "confusion.png").is_file() and (runs / "tables" / "train.parquet").is_file()
    tables = study.tables(data, runs, runs / "tables")
    text = "\n".join(f"<!-- {name} -->\n<!-- end of {name} -->" for name in tables)
    page = study.filled(text, tables)
    assert study.filled(page, tables) == page and "not trained" in page
    assert f"{figures['parameters']:,}" in page
    with pytest.raises(InputError, match="marks"):
        study.filled("", tables)


def test_every_representation_fits_its_network():
    shape = FaceShape()
    faces = 0.02 * np.random.default_rng(0).normal(size=(3, 1407)).astype(np.float32)
    for name, network in NETWORKS.items():
        given = network.given(shape, faces)
        told = network.build(shape)(given)["fer7"]
        assert told.shape == (3, 7) and np.isfinite(np.asarray(told)).all(), name


def test_what_lies_outside_of_the_space_is_left_out():
    random = np.random.default_rng(1)
    faces = (random.normal(size=(60, 4)) @ random.normal(size=(4, FACE_NUMBERS))).astype(np.float32)
    space = find_shape_space(faces, mirror_numbers(FaceShape().template), 8)
    points = keras.Input((468, 3))
    told = keras.Model(points, keras.layers.Flatten()(points))
    network = behind_space(told, space)
    outside = random.normal(size=FACE_NUMBERS)
    outside -= space.directions @ (space.directions.T @ outside)
    strange = faces + 5 * (outside / np.linalg.norm(outside)).astype(np.float32)
    inside = space.numbers(faces) @ (space.directions * space.spread).T + space.mean
    np.testing.assert_allclose(network.predict(strange, verbose=0), inside[:, :-3], atol=2e-3)


def test_rare_expressions_weigh_more_with_balance():
    labels = np.array([3] * 90 + [1] * 10)
    assert np.allclose(class_weights(labels, 0.0), 1)
    weights = class_weights(labels, 0.5)
    assert weights.mean() == pytest.approx(1, abs=1e-5)
    assert weights[-1] / weights[0] == pytest.approx(3, rel=1e-4)
    with pytest.raises(InputError, match="teacher"):
        Labels(teacher=1.5)


def test_mistakes_are_one_line(data, tmp_path, capsys):
    assert fit(["expression3d", "--data", str(data), "--network", "paper"]) == 2
    told = capsys.readouterr().err
    assert "paper" in told and told.count("\n") == 1
    assert fit(["landmark_emotion", "--data", str(data), "--teacher", "2", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") <= 2
