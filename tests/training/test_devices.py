"""Two virtual processors share each batch: both hold work, and the result is that of one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from pathlib import Path
import keras
import numpy as np

BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow as tf
    one = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [one, one])
else:
    import jax

from emopoi.errors import InputError
from training.devices import device_names, prepare_backend, shared_by
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer

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
first = model.trainable_variables[0].value
held = len(first.sharding.device_set) if BACKEND == "jax" else len(first.values)
try:
    with shared_by(3):
        refusal = ""
except InputError as error:
    refusal = str(error)
print(json.dumps({
    "names": device_names(), "shares": shares, "held": held, "refusal": refusal,
    "devices": json.loads((folder / "settings.json").read_text())["devices"],
    "apart": max(float(abs(a - b).max()) for a, b in zip(*weights)),
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
        timeout=300,
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
    assert "1 to 2 devices" in told["refusal"] and "got 3" in told["refusal"]
