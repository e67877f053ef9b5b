"""Each training runs on a few real faces, leaves what the export needs, and says what it reached."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emopoi.runtime.frozen_head import load_head
from training.face3d import train_coefficient_emotion, train_face_coefficients
from training.face3d.train_coefficient_emotion import score


def short(settings):
    return replace(settings, epochs=2, batch=16)


def test_coefficients_from_points(data_dir, tmp_path):
    figures = train_face_coefficients.train(
        load_head(), data_dir, tmp_path, tmp_path / "run",
        settings=short(train_face_coefficients.SETTINGS), rows=24, track="tensorboard",
    )  # fmt: skip
    assert figures["n"] >= 20 and -1 <= figures["expression_correlation"] <= 1
    assert (tmp_path / "run" / train_face_coefficients.RESULT).is_file()
    assert np.load(tmp_path / "run" / "samples.npz")["points"].shape[1] == 3 * 468
    rows = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    assert rows[1]["loss"] < rows[0]["loss"]
    assert list((tmp_path / "run" / "tensorboard").rglob("events.*"))


@pytest.mark.parametrize(("points", "width"), [(False, 30 + 51 + 3), (True, 3 * 468 + 3)])
def test_expression_from_coefficients_or_points(data_dir, tmp_path, points, width):
    figures = train_coefficient_emotion.train(
        load_head(), data_dir, tmp_path, tmp_path / "run", points=points,
        settings=short(train_coefficient_emotion.SETTINGS), rows=30,
    )  # fmt: skip
    assert figures["n"] == 30 and 0 <= figures["accuracy"] <= 1
    assert np.load(tmp_path / "run" / "samples.npz")["coefficients"].shape[1] == width
    assert json.loads((tmp_path / "run" / "figures.json").read_text()) == figures


def test_scores_count_faces_that_were_not_seen():
    told, labels = np.array([0, 1, 2, 3]), np.array([0, 1, 0, 0])
    found = score(told, labels, np.array([True, False, True, True]))
    assert found["accuracy"] == 0.5 and found["n_found"] == 3
    assert found["accuracy_found"] == pytest.approx(1 / 3, abs=1e-4)
