import json

import keras
import numpy as np
import pytest

from training.loop import CHECKPOINT, LoopSettings, make_optimizer, run_loop

RANDOM = np.random.default_rng(0)
DATA = (RANDOM.normal(size=(64, 4)).astype(np.float32), RANDOM.normal(size=(64, 1)).astype(np.float32))


def make_model(settings, rows):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile(make_optimizer(settings, rows), loss="mse")
    return model


def run(folder, epochs, resume=False):
    settings = LoopSettings(epochs=epochs, batch=16, warmup_epochs=1, learning_rate=0.01)
    return run_loop(
        make_model,
        settings=settings,
        data=DATA,
        validation=DATA,
        folder=folder,
        resume=resume,
        progress=False,
    )


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    first = run(tmp_path, 2)
    steps = int(np.asarray(first.optimizer.iterations))
    model = run(tmp_path, 5, resume=True)
    rows = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    # Steps and momentum came back too, not only the weights.
    assert int(np.asarray(model.optimizer.iterations)) == steps * 5 // 2
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert not list(tmp_path.glob("writing*"))


def test_without_resume_a_run_starts_anew(tmp_path):
    run(tmp_path, 2)
    run(tmp_path, 1)
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 1
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["rows"] == 64 and settings["epochs"] == 1
    assert (tmp_path / CHECKPOINT).is_file()


def test_learning_rate_rises_and_falls():
    settings = LoopSettings(epochs=10, batch=16, warmup_epochs=2, learning_rate=0.1)
    schedule = make_optimizer(settings, 160)._learning_rate
    rates = [float(schedule(step)) for step in (0, 10, 20, 60, 99)]
    assert (
        rates[0] < rates[1] < rates[2] and rates[2] == pytest.approx(0.1) and rates[2] > rates[3] > rates[4]
    )


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"epochs": 1, "batch": 0}, {"epochs": 1, "learning_rate": 0}]
)
def test_settings_are_checked(wrong):
    with pytest.raises(ValueError, match="positive"):
        LoopSettings(**wrong)
