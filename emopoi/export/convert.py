"""Keras to TFLite, in a process of its own: the converter's failures are aborts, not exceptions.

`python -m emopoi.export.convert KIND WEIGHTS SAMPLES.npz VARIANT OUT.tflite [VARIANT OUT.tflite ...]`
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


def convert(kind: str, weights: Path, samples: Mapping[str, np.ndarray], files: Mapping[str, Path]) -> None:
    """Convert one network to some variants.

    All of them come from one process: loading TensorFlow and tracing the network take longer than most
    conversions.

    Args:
        kind: a key of `kinds.KINDS`.
        weights: `.weights.h5` of that network.
        samples: float32 (N, ...) for each input by name: real inputs, for int8's ranges.
        files: the `.tflite` file to write for each of some `VARIANTS`.

    Raises:
        ModelFileError: the converter failed; its last lines are in the message.
    """
    for variant, file in files.items():
        if variant not in VARIANTS:
            raise ModelFileError(f"variant {variant!r} is unknown (known: {', '.join(VARIANTS)})")
        # Which file is missing at the end tells which conversion failed.
        file.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "samples.npz"
        np.savez(stored, **samples)
        asked = [str(word) for pair in files.items() for word in pair]
        command = [sys.executable, "-m", "emopoi.export.convert", kind, str(weights), str(stored), *asked]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    missing = [variant for variant, file in files.items() if not file.is_file()]
    if done.returncode or missing:
        variant = missing[0] if missing else next(reversed(files))
        raise ModelFileError(
            f"conversion of {kind} to {variant} failed ({done.returncode}): {done.stderr[-800:]}"
        )


def _main(kind: str, weights: str, samples: str, *asked: str) -> None:
    import tensorflow as tf

    from emopoi.export.kinds import KINDS

    network = KINDS[kind].build()
    network.load_weights(weights)
    stored = dict(np.load(samples))
    names = list(stored)
    signature = [tf.TensorSpec((1, *stored[name].shape[1:]), tf.float32, name=name) for name in names]

    @tf.function(input_signature=signature)
    def serve(*tensors):
        given = tensors[0] if len(names) == 1 else dict(zip(names, tensors, strict=True))
        return network(given, training=False)

    for variant, out in zip(asked[::2], asked[1::2], strict=True):
        Path(out).write_bytes(_converted(tf, serve, variant, stored))


def _converted(tf, serve, variant: str, samples: Mapping[str, np.ndarray]) -> bytes:
    names = list(samples)
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
        rows = len(samples[names[0]])
        arrays = {name: samples[name].astype(np.float32) for name in names}
        converter.representative_dataset = lambda: (
            [arrays[name][row : row + 1] for name in order] for row in range(rows)
        )
    return converter.convert()


def _input_order(tf, serve, names: list[str]) -> list[str]:
    """The file's own order of inputs, read off a float conversion: not that of the call."""
    if len(names) == 1:
        return names
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    found = [detail["name"].split(":")[0] for detail in interpreter.get_input_details()]
    return [next(name for name in names if tensor == name or tensor.endswith(f"_{name}")) for tensor in found]


if __name__ == "__main__":
    _main(*sys.argv[1:])
