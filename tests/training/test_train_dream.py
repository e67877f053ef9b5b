"""The recipe learns eight faces by heart, and runs as a file."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import train_dream
from training.train_dream import points_loss, train

ROOT = Path(__file__).parents[2]


def test_closed_lids_cost_more_than_points_that_are_off_alike():
    points = np.random.default_rng(0).normal(size=(1, 469, 3)).astype(np.float32) * 20
    points[:, -1] = 40
    moved, closed = points.copy(), points.copy()
    moved[:, :-1, 1] += 1.0
    for upper, lower in train_dream.LIDS:
        closed[:, upper, :2] = closed[:, lower, :2] = (closed[:, upper, :2] + closed[:, lower, :2]) / 2
    plain = float(points_loss(points, points)[0])
    assert plain == 0
    openings = float(points_loss(points, closed)[0])
    assert openings > float(points_loss(points, moved)[0]) > 0


def test_eight_faces_are_learned(data_dir, tmp_path, monkeypatch):
    import json

    from emopoi.runtime.frozen_head import load_head

    monkeypatch.setattr(train_dream, "TRAIN", ("age_gender/valid.parquet",))
    settings = replace(
        train_dream.SETTINGS, epochs=20, batch=4, fall_epochs=0.0, learning_rate=1e-3, warmup_epochs=0.1
    )
    train(load_head(), data_dir, tmp_path, tmp_path / "run", settings=settings, rows=8, precision="float32")
    rows = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    # Validation shows the same faces, as they are.
    assert rows[-1]["val_points_loss"] < 0.6 * rows[0]["val_points_loss"]
    assert (tmp_path / "run" / train_dream.RESULT).is_file()


def test_it_runs_as_a_file():
    done = subprocess.run(
        [sys.executable, "training/train_dream.py", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and "--head FILE" in done.stdout


@pytest.mark.parametrize("words", [["--data", "nowhere"], []])
def test_a_mistake_is_one_line(words):
    done = subprocess.run(
        [sys.executable, "training/train_dream.py", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
