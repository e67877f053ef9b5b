import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from emopoi.errors import InputError, OutputError
from emopoi.models.augmentation import FaceAugmentation
from training.errors import DivergedError
from training.loop import CHECKPOINT, LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.run_folder import PLATEAU, RunFolder

RANDOM = np.random.default_rng(0)
DATA = (RANDOM.normal(size=(64, 4)).astype(np.float32), RANDOM.normal(size=(64, 1)).astype(np.float32))
PICTURES = (
    RANDOM.integers(0, 256, (48, 8, 8, 1), dtype=np.uint8),
    RANDOM.normal(size=(48, 2)).astype(np.float32),
)


def make_model(settings, rows):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile(make_optimizer(settings, rows), loss="mse")
    return model


def make_random_model(settings, rows):
    """Every kind of chance that a recipe has: augmentation, dropout; state in norms and averages."""
    picture = keras.Input((8, 8, 1), dtype="uint8")
    face = FaceAugmentation(6, seed=settings.seed)(picture)
    face = keras.layers.Rescaling(1 / 255)(face)
    face = keras.layers.Conv2D(4, 3)(face)
    face = keras.layers.BatchNormalization()(face)
    face = keras.layers.Dropout(0.5, seed=settings.seed)(keras.layers.Conv2D(2, 3)(face))
    model = keras.Model(picture, keras.layers.GlobalAveragePooling2D()(face))
    model.compile(make_optimizer(settings, rows), loss="mse")
    return model


def run(folder, epochs, resume=False, data=DATA, make=make_model, facts=None, files=(), **changed):
    settings = {"epochs": epochs, "batch": 16, "warmup_epochs": 1, "learning_rate": 0.01} | changed
    return run_loop(
        make,
        settings=LoopSettings(**settings),
        data=data,
        validation=DATA if make is make_model else PICTURES,
        folder=folder,
        resume=resume,
        facts=facts,
        progress=False,
        files=files,
    )


def run_random(folder, data=PICTURES, resume=False):
    return run(
        folder, 3, resume, data, make_random_model, optimizer="muon", ema=0.9, mixup=0.2, weight_decay=0.01
    )


class Deadly:
    """Pictures whose reading ends the process in the middle of an epoch."""

    dtype, ndim = PICTURES[0].dtype, PICTURES[0].ndim

    def __init__(self, reads: int):
        self.left = reads

    def __len__(self):
        return len(PICTURES[0])

    def __getitem__(self, rows):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return PICTURES[0][rows]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A finished run of 2 epochs."""
    folder = tmp_path_factory.mktemp("plain")
    run(folder, 2, facts={"choices": {"loop": {"epochs": 2}}})
    return folder


@pytest.fixture
def finished(plain, tmp_path):
    for file in plain.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def rows_of(folder):
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path):
    """Killed in its second epoch: after the resume the weights are those of a run that was not."""
    program = (
        "import sys\n"
        f"sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[2])]!r}\n"
        "from pathlib import Path\nimport test_loop as tiny\n"
        # Two rows and one or two batches are read for their shapes, three batches make each epoch.
        "tiny.run_random(Path(sys.argv[1]), (tiny.Deadly(7), tiny.PICTURES[1]))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "killed"], capture_output=True, text=True, timeout=300
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert RunFolder(tmp_path / "killed").epoch() == 1

    resumed = run_random(tmp_path / "killed", resume=True)
    unbroken = run_random(tmp_path / "unbroken")
    started = make_random_model(LoopSettings(epochs=3), 48).get_weights()
    for one, other in zip(resumed.get_weights(), unbroken.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert max(abs(a - b).max() for a, b in zip(started, unbroken.get_weights(), strict=True)) > 0.01
    assert [row["epoch"] for row in rows_of(tmp_path / "killed")] == [1, 2, 3]


def test_a_prolonged_run_is_the_longer_run(tmp_path):
    """Also when the learning rate had fallen already: it goes back to the end of the plateau."""
    run(tmp_path / "short", 3, fall_epochs=1)
    assert (tmp_path / "short" / PLATEAU).is_file()
    prolonged = run(tmp_path / "short", 5, resume=True, fall_epochs=2)
    longer = run(tmp_path / "long", 5, fall_epochs=2)

    for one, other in zip(prolonged.get_weights(), longer.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    told = json.loads((tmp_path / "short" / "settings.json").read_text())
    assert (told["epochs"], told["fall_epochs"]) == (5, 2)
    assert told["resumed"][0]["after_epoch"] == 2


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"batch": 32}, r"batch \(16 then, 32 now\)"),
        ({"seed": 2}, r"seed \(1 then, 2 now\)"),
        ({"epochs": 5}, r"epochs \(2 then, 5 now\); epochs may grow only"),
        ({"facts": {"choices": {"loop": {"epochs": 2}, "crop": 40}}}, r"choices.crop \(null then, 40 now\)"),
    ],
)
def test_other_settings_are_no_resume(finished, changed, named):
    before = {file.name: file.read_bytes() for file in finished.iterdir()}
    asked = {"epochs": 2, "facts": {"choices": {"loop": {"epochs": 2}}}} | changed
    with pytest.raises(InputError, match=named):
        run(finished, resume=True, **asked)
    assert {file.name: file.read_bytes() for file in finished.iterdir()} == before


def test_other_data_are_no_resume(tmp_path):
    data = tmp_path / "faces" / "train.parquet"
    data.parent.mkdir()
    data.write_bytes(b"first")
    run(tmp_path / "run", 1, files=[data])
    data.write_bytes(b"second")
    with pytest.raises(InputError, match=r"files\.faces/train\.parquet \(another content\)"):
        run(tmp_path / "run", 1, resume=True, files=[data])


def test_a_finished_run_is_given_back(finished):
    model = run(finished, 2, resume=True, facts={"choices": {"loop": {"epochs": 2}}})
    assert int(np.asarray(model.optimizer.iterations)) == 8
    assert len(rows_of(finished)) == 2


def test_without_resume_a_run_starts_anew(finished):
    before = (finished / CHECKPOINT).read_bytes()
    run(finished, 1)
    assert len(rows_of(finished)) == 1
    settings = json.loads((finished / "settings.json").read_text())
    assert settings["rows"] == 64 and settings["epochs"] == 1
    assert (finished / CHECKPOINT).read_bytes() != before
    assert not list(finished.glob("writing*"))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="others trace a step once by themselves")
def test_a_step_is_traced_once(tmp_path):
    traced = []

    class Counting(keras.Model):
        def train_step(self, data):
            traced.append(data)
            return super().train_step(data)

    def make(settings, rows):
        given = keras.Input((4,))
        outputs = {name: keras.layers.Dense(1, name=name)(given) for name in ("one", "other")}
        model = Counting(given, outputs)
        model.compile(make_optimizer(settings, rows), loss="mse", metrics={"one": ["mae"]})
        return model

    data = (DATA[0], {"one": DATA[1], "other": DATA[1]})
    settings = LoopSettings(epochs=1, batch=16, optimizer="adamw", ema=0.9)
    run_loop(make, settings=settings, data=data, validation=data, folder=tmp_path, progress=False)
    assert len(traced) == 1


def test_settings_tell_how_to_repeat_the_run(plain):
    told = json.loads((plain / "settings.json").read_text())
    assert told["seed"] == 1 and told["batch"] == 16
    assert {"python", "keras", "numpy", told["backend"]} == told["versions"].keys()
    assert told["precision"] and len(told["devices"]) == 1


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_epoch(tmp_path):
    run(tmp_path, 3, fall_epochs=1)
    short, checkpoint = rows_of(tmp_path), (tmp_path / PLATEAU).read_bytes()
    inputs = DATA[0].copy()
    inputs[7] = np.nan
    with pytest.raises(DivergedError, match=r"loss is nan in epoch 3: stopped; .*keeps epoch 2"):
        run(tmp_path, 4, resume=True, data=(inputs, DATA[1]), fall_epochs=1)
    assert rows_of(tmp_path) == short[:2] and (tmp_path / CHECKPOINT).read_bytes() == checkpoint


def test_a_full_disk_leaves_the_last_checkpoint(finished):
    folder = RunFolder(finished)
    before = (finished / CHECKPOINT).read_bytes()
    model = make_model(LoopSettings(epochs=1), 64)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Bytes beyond the limit fail as they do on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OutputError, match=r"last\.weights\.h5: can not be written \(File too large\)"):
            folder.save_checkpoint(model, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (finished / CHECKPOINT).read_bytes() == before
    assert not list(finished.glob("writing*")) and folder.epoch() == 2


def test_a_damaged_checkpoint_is_told(finished):
    (finished / CHECKPOINT).write_bytes(b"half a file")
    with pytest.raises(InputError, match="damaged"):
        run(finished, 2, resume=True, facts={"choices": {"loop": {"epochs": 2}}})


def test_a_checkpoint_without_settings_is_no_run(finished):
    (finished / "settings.json").unlink()
    with pytest.raises(InputError, match=r"no settings\.json"):
        run(finished, 2, resume=True)


def test_a_history_torn_by_a_kill_is_mended(finished):
    file = finished / "history.jsonl"
    file.write_text(file.read_text() + '{"epoch": 3, "los')
    assert len(RunFolder(finished).rows()) == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch": 0}, "batch"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"ema": 1.0}, "ema"),
        ({"seed": -1}, "seed"),
        ({"optimizer": "adam"}, "optimizer"),
    ],
)
def test_settings_are_checked(wrong, named):
    with pytest.raises(InputError, match=f"{named}: .*expected, got"):
        LoopSettings(**{"epochs": 1} | wrong)


def test_no_rows_and_no_folder_are_told(tmp_path):
    with pytest.raises(InputError, match="training: at least 1 rows were expected, got 0"):
        run(tmp_path / "run", 1, data=(DATA[0][:0], DATA[1][:0]))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="there is a file"):
        run(tmp_path / "file", 1)
