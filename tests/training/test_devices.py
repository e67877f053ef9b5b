"""Two virtual processors share each batch: both hold work, and loss and result are those of one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = """
import json, sys
from pathlib import Path
import keras
import numpy as np
import pandas as pd

BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow as tf
    one = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [one, one])
else:
    import jax

from emopoi.errors import InputError
from emopoi.models.fused_layers import BatchNormalization, ReLU
from training.devices import device_names, prepare_backend, shared_by
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.shards import ShardedRows, shard_files

prepare_backend()
prepare_backend()
seen = set()


class Witness(keras.layers.Layer):
    # Notes on which device how many rows of a batch are.

    def call(self, rows):
        if BACKEND == "jax":
            jax.debug.inspect_array_sharding(rows, callback=lambda sharding: note(sharding, rows.shape))
        elif context := tf.distribute.get_replica_context():
            tf.numpy_function(lambda *found: seen.add(tuple(map(int, found))),
                              [tf.convert_to_tensor(context.replica_id_in_sync_group), tf.shape(rows)[0]], [])
        return rows


def note(sharding, shape):
    for device, part in sharding.devices_indices_map(shape).items():
        first, last, _ = part[0].indices(shape[0])
        seen.add((device.id, last - first))


def make_model(settings, rows):
    layers = keras.layers
    model = keras.Sequential(
        # The dropout draws, but drops nothing: the result stays that of one device.
        [keras.Input((6, 6, 4)), Witness(), layers.Conv2D(4, 3), layers.Dropout(1e-9, seed=1),
         layers.Flatten(), layers.Dense(1)]
    )
    model.compile(make_optimizer(settings, rows), loss="mse")
    return model


random = np.random.default_rng(0)
data = (random.normal(size=(33, 6, 6, 4)).astype("float32"), random.normal(size=(33, 1)).astype("float32"))
train = tuple(part[:16] for part in data)
settings = LoopSettings(epochs=2, batch=16, warmup_epochs=0, optimizer="muon", ema=0.9, learning_rate=0.02)
weights, shares = [], []
for devices in (1, 2):
    seen.clear()
    folder = Path(sys.argv[1], str(devices))
    model = run_loop(make_model, settings=settings, data=train, validation=data, folder=folder,
                     progress=False, devices=devices)
    weights.append([np.array(weight) for weight in model.get_weights()])
    shares.append(sorted(seen))

# A real encoder, with batch normalisation, fed from shards: the curves of the losses.
folder = Path(sys.argv[1], "train.parquet")
folder.mkdir()
for place in range(3):
    pictures = random.integers(0, 256, (16, 24 * 24), np.uint8)
    table = pd.DataFrame({"picture": [picture.tobytes() for picture in pictures]})
    table.assign(label=random.integers(0, 3, 16)).to_parquet(folder / f"part-{place}.parquet")


def decode(file, table):
    pictures = np.stack([np.frombuffer(data, np.uint8) for data in table.picture]).reshape(-1, 24, 24, 1)
    return (pictures, table.label.to_numpy()), np.ones(len(table), bool)


def make_network(settings, rows):
    picture = keras.Input((24, 24, 1), dtype="uint8")
    face = keras.layers.Rescaling(1 / 64, -2)(picture)
    for filters in (8, 16):
        face = keras.layers.Conv2D(filters, 3, strides=2, use_bias=False)(face)
        face = ReLU()(BatchNormalization()(face))
    model = keras.Model(picture, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(face)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(make_optimizer(settings, rows), loss=loss)
    return model


shards = ShardedRows(shard_files(folder), ("picture", "label"), decode)
settings = LoopSettings(epochs=4, batch=12, warmup_epochs=0, optimizer="adamw", learning_rate=0.01)
curves = []
for devices in (1, 2):
    run = Path(sys.argv[1], f"curve{devices}")
    run_loop(make_network, settings=settings, data=shards, validation=shards, folder=run, progress=False,
             devices=devices)
    rows = map(json.loads, (run / "history.jsonl").read_text().splitlines())
    curves.append([[row["loss"], row["val_loss"]] for row in rows])

first = model.trainable_variables[0].value
held = len(first.sharding.device_set) if BACKEND == "jax" else len(first.values)
try:
    with shared_by(3):
        refusal = ""
except InputError as error:
    refusal = str(error)
print(json.dumps({
    "names": device_names(), "shares": shares, "held": held, "refusal": refusal,
    "devices": json.loads(Path(sys.argv[1], "2", "settings.json").read_text())["devices"],
    "apart": max(float(abs(a - b).max()) for a, b in zip(*weights)),
    "curves": curves,
    "moved": max(float(abs(a).max()) for a in weights[0]),
}))
"""


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_both_devices_hold_work(backend, tmp_path):
    environment = {
        "KERAS_BACKEND": backend,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    alone, together = [{tuple(share) for share in shares} for shares in told["shares"]]
    assert {(0, 16), (0, 33)} <= alone and {device for device, _ in alone} == {0}
    # Half of the batch on either; of 33 rows of validation one has no partner and is left out.
    assert {(0, 8), (1, 8), (0, 16), (1, 16)} <= together
    assert 17 not in {rows for _, rows in together}
    assert told["held"] == 2 and len(told["devices"]) == 2
    assert told["apart"] < 1e-4 < told["moved"]
    one, two = (np.array(curve) for curve in told["curves"])
    assert one.shape == (4, 2)
    # Written with five decimals; what is left is the order of sums.
    np.testing.assert_allclose(one, two, atol=2e-3)
    assert one[0, 0] - one[-1, 0] > 0.05
    assert "1 to 2 devices" in told["refusal"] and "got 3" in told["refusal"]
