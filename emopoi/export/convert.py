"""Keras to TFLite, in a process of its own: the converter's failures are aborts, not exceptions.

`python -m emopoi.export.convert KIND WEIGHTS VARIANT SAMPLES.npz OUT.tflite`
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from emopoi.errors import ModelFileError

VARIANTS = ("int8", "float16", "float32", "dynamic")
"""`dynamic` keeps weights as int8 and computes in float32: it needs no samples for its ranges."""


def convert(kind: str, weights: Path, variant: str, samples: Mapping[str, np.ndarray], out: Path) -> None:
    """Convert one network.

    Args:
        kind: a key of `kinds.KINDS`.
        weights: `.weights.h5` of that network.
        variant: one of `VARIANTS`.
        samples: float32 (N, ...) for each input by name: real inputs, for int8's ranges.
        out: the `.tflite` file to write.

    Raises:
        ModelFileError: the converter failed; its last lines are in the message.
    """
    if variant not in VARIANTS:
        raise ModelFileError(f"variant {variant!r} is unknown (known: {', '.join(VARIANTS)})")
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "samples.npz"
        np.savez(stored, **samples)
        command = [
            sys.executable,
            "-m",
            "emopoi.export.convert",
            kind,
            str(weights),
            variant,
            str(stored),
            str(out),
        ]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode or not out.is_file():
        raise ModelFileError(
            f"conversion of {kind} to {variant} failed ({done.returncode}): {done.stderr[-800:]}"
        )


def _main(kind: str, weights: str, variant: str, samples: str, out: str) -> None:
    import tensorflow as tf

    from emopoi.export.kinds import KINDS

    network = KINDS[kind].build()
    network.load_weights(weights)
    stored = np.load(samples)
    names = list(stored.files)
    signature = [tf.TensorSpec((1, *stored[name].shape[1:]), tf.float32, name=name) for name in names]

    @tf.function(input_signature=signature)
    def serve(*tensors):
        given = tensors[0] if len(names) == 1 else dict(zip(names, tensors, strict=True))
        return network(given, training=False)

    # No trackable object goes in: with one, the file fails at READ_VARIABLE on the device.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    if variant == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    if variant == "dynamic":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        # With a scale for each row of a dense layer the file asks for FULLY_CONNECTED version 12,
        # which tflite-runtime 2.14 does not have; with one scale for the matrix it runs everywhere.
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    if variant == "int8":
        order = _input_order(tf, serve, names)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        # Float stays at the borders: browsers refuse int8 tensors there.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        rows = len(stored[names[0]])
        arrays = {name: stored[name].astype(np.float32) for name in names}
        converter.representative_dataset = lambda: (
            [arrays[name][row : row + 1] for name in order] for row in range(rows)
        )
    Path(out).write_bytes(converter.convert())


def _input_order(tf, serve, names: list[str]) -> list[str]:
    """The file's own order of inputs, read off a float conversion: not that of the call."""
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    found = [detail["name"].split(":")[0] for detail in interpreter.get_input_details()]
    return [next(name for name in names if tensor == name or tensor.endswith(f"_{name}")) for tensor in found]


if __name__ == "__main__":
    _main(*sys.argv[1:])
