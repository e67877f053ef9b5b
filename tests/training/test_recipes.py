"""Every recipe runs for one step on real pictures."""

import json

import pytest


@pytest.fixture
def policy():
    import keras

    before = keras.config.dtype_policy().name
    yield
    keras.config.set_dtype_policy(before)


def test_emotion_then_time(data_dir, tmp_path, policy):
    from training import train_emotion, train_emotion_time

    words = ["--data", str(data_dir), "--epochs", "1", "--rows", "96", "--precision", "float32"]
    train_emotion.main([*words, "--out", str(tmp_path / "emotion")])
    weights = tmp_path / "emotion" / "emotion.weights.h5"
    row = json.loads((tmp_path / "emotion" / "history.jsonl").read_text())
    assert weights.is_file() and 0 < row["val_fer7_accuracy"] < 1
    train_emotion_time.main(
        [*words, "--clips", "128", "--frame-weights", str(weights), "--out", str(tmp_path / "time")]
    )
    told = json.loads((tmp_path / "time" / "comparison.json").read_text())
    assert {"frame", "running_mean", "lstm"} <= told["results"].keys()
    assert (tmp_path / "time" / "emotion_time.weights.h5").is_file()


def test_training_leaves_out_what_validation_shows(data_dir):
    import pandas as pd

    from training.fer2013 import load_faces

    folder = data_dir / "fer2013"
    shown = set(pd.read_parquet(folder / "public_test.parquet", columns=["pixel_sha1"]).pixel_sha1)
    everything = load_faces(folder / "train.parquet")
    kept = load_faces(folder / "train.parquet", leave_out=shown, clean=True)
    assert len(everything) == 28709 and 26000 < len(kept) < len(everything) - 351
    assert kept.pictures.shape[1:] == (48, 48, 1)
    sums = kept.ferplus8.sum(1)
    assert (((sums > 0.99) & (sums < 1.01)) | (sums == 0)).all()
