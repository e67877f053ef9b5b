import json
import os
import shutil

import numpy as np
import pytest

from emopoi.errors import InputError, OutputError
from training.mlflow_tracker import RUN_FILE, MlflowTracker, add_results
from training.tracking import make_tracker


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Laying out SQLite's tables takes seconds: once for all tests."""
    folder = tmp_path_factory.mktemp("store")
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    uri = f"sqlite:///{folder}/mlflow.db"
    client(uri).search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def run(tmp_path, monkeypatch, store):
    """A run's folder, and a working folder of its own with a store in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(store, tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    folder = tmp_path / "mesh_cnn"
    folder.mkdir()
    settings = {"epochs": 2, "files": {"a b.parquet": "00"}, "note: odd, name": "x" * 900}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "history.jsonl").write_text('{"epoch": 1}\n')
    return folder


def client(uri):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def test_settings_curves_figures_and_files_are_in_the_store_of_the_working_folder(run, tmp_path):
    tracker = make_tracker("mlflow", run)
    tracker.on_train_begin()
    for epoch in range(2):
        tracker.on_epoch_end(epoch, {"loss": 1.0 - epoch, "val_loss": np.float32(2.0)})
    tracker.on_train_end()
    (run / "confusion.png").write_bytes(b"picture")
    add_results(run, {"accuracy": 0.58, "by_class": {}}, [run / "confusion.png"])
    assert (tmp_path / "mlflow.db").is_file()
    told = json.loads((run / RUN_FILE).read_text())
    found = client(told["uri"]).get_run(told["run"])
    assert found.info.status == "FINISHED" and found.info.run_name == "mesh_cnn"
    assert found.data.params["epochs"] == "2" and found.data.params["files.a b.parquet"] == "00"
    assert found.data.metrics["loss"] == 0.0 and found.data.metrics["final_accuracy"] == 0.58
    assert [one.value for one in client(told["uri"]).get_metric_history(told["run"], "loss")] == [1.0, 0.0]
    files = {file.path for file in client(told["uri"]).list_artifacts(told["run"])}
    assert files == {"settings.json", "history.jsonl", "confusion.png"}


def test_a_store_that_can_not_be_written_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can not be used") as error:
        MlflowTracker(run, f"sqlite:///{tmp_path}/file/runs.db")
    assert "\n" not in str(error.value)
    with pytest.raises(OutputError, match="can not be used"):
        MlflowTracker(run, "paper://nowhere")


def test_a_store_that_goes_away_does_not_end_the_training(run, tmp_path, capsys):
    tracker = MlflowTracker(run)
    tracker._client = None
    for epoch in range(3):
        tracker.on_epoch_end(epoch, {"loss": 1.0})
    tracker.on_train_end()
    assert capsys.readouterr().err.count("the training goes on") == 1


def test_nothing_is_told_of_runs_that_are_not_tracked(tmp_path):
    add_results(tmp_path, {"accuracy": 1.0}, [])
    assert not list(tmp_path.iterdir())


def test_trackers_have_names(tmp_path):
    with pytest.raises(InputError, match="tensorboard, mlflow"):
        make_tracker("paper", tmp_path)
