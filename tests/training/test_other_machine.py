"""A run that was killed on a machine with two devices goes on on another, with other paths and one device."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.run_folder import RunFolder
from training.shards import ShardedRows, shard_files

PROGRAM = """
import os, signal, sys
from pathlib import Path
import tensorflow as tf
one = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [one, one])
sys.path[:0] = sys.argv[2:]
import test_other_machine as small

class Deadly(small.Shards):
    # The third shard that is read after a checkpoint, in the middle of an epoch, ends the process.
    left = 2

    def read(self, shard):
        Deadly.left -= Path(sys.argv[1], "run", "last.weights.h5").is_file()
        if Deadly.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(shard)

small.run(Path(sys.argv[1]), Deadly, devices=2)
"""
Shards = ShardedRows


def decode(file, table):
    numbers = np.stack([np.frombuffer(data, np.float32) for data in table.numbers])
    return (numbers, table.target.to_numpy(np.float32)[:, None]), np.ones(len(table), bool)


def write_data(folder):
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for place in range(12):
        numbers = random.normal(size=(4, 6)).astype(np.float32)
        table = pd.DataFrame({"numbers": [row.tobytes() for row in numbers], "target": numbers.sum(axis=1)})
        table.to_parquet(folder / f"part-{place:02d}.parquet")


def make_model(settings, rows):
    layers = keras.layers
    # No bias before the normalisation: its gradient is rounding alone, and Adam makes steps of it.
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, use_bias=False), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.compile(make_optimizer(settings, rows), loss="mse")
    return model


def run(machine: Path, kind=Shards, devices=1, resume=False, name="run"):
    files = shard_files(machine / "data" / "train.parquet")
    shards = kind(files, ("numbers", "target"), decode)
    return run_loop(
        make_model,
        settings=LoopSettings(epochs=4, batch=12, optimizer="adamw", ema=0.9, learning_rate=0.01, seed=3),
        data=shards,
        validation=(np.zeros((4, 6), np.float32), np.zeros((4, 1), np.float32)),
        folder=machine / name,
        files=files,
        devices=devices,
        resume=resume,
        progress=False,
    )


def test_a_killed_run_goes_on_on_another_machine(tmp_path):
    here, there = tmp_path / "here", tmp_path / "elsewhere" / "deeper"
    write_data(here / "data" / "train.parquet")
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(here), *paths],
        env=os.environ | {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = RunFolder(here / "run").epoch()
    assert 1 <= done < 4

    shutil.copytree(here, there)
    shutil.rmtree(here)
    resumed = run(there, resume=True)
    unbroken = run(there, name="unbroken")

    for one, other in zip(resumed.get_weights(), unbroken.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    told = RunFolder(there / "run").settings()
    assert told["resumed"][0]["after_epoch"] == done
    # Where it was begun and where it went on, both are told.
    assert len(told["devices"]) == 2 and len(told["resumed"][0]["devices"]) == 1
