"""The devices of a run: one, or several that share each batch.

On JAX `keras.distribution.DataParallel`, on TensorFlow `tf.distribute.MirroredStrategy`: Keras's own
distribution takes TensorFlow's devices without a word and then uses one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import keras

from emopoi.errors import InputError


def prepare_backend() -> None:
    """Settle TensorFlow's threads, before its first operation; on other backends nothing.

    With several operations at once, each of them many-threaded, they push each other off the
    cores: on two cores a step took 0.155 or 0.22 s by chance, and takes 0.163 s each time so.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # Someone who has used TensorFlow in this process already has settled it.
        with suppress(RuntimeError):
            tf.config.threading.set_inter_op_parallelism_threads(1)


def device_names() -> list[str]:
    """Accelerators by name, or where there is none the (virtual) processors."""
    if keras.backend.backend() == "jax":
        return list(keras.distribution.list_devices())
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name.removeprefix("/device:") for device in found]


@contextmanager
def shared_by(count: int) -> Iterator[list[str]]:
    """Build and fit within: every batch is divided among so many devices.

    Args:
        count: of devices; with 1 nothing is arranged.

    Yields:
        Names of the devices.

    Raises:
        InputError: fewer devices are there, or this Keras backend knows no way.
    """
    names = device_names()
    if not 1 <= count <= len(names):
        raise InputError(f"1 to {len(names)} devices ({', '.join(names)}) were expected, got {count}")
    names = names[:count]
    if count == 1:
        yield names
    elif keras.backend.backend() == "jax":
        with keras.distribution.DataParallel(devices=names).scope():
            yield names
    else:
        import tensorflow as tf

        # By collective operations, the default, a batch normalisation over the whole batch ends with "Shape
        # mismatch in the collective instance": each device may start them in another order.
        sums = tf.distribute.ReductionToOneDevice()
        with tf.distribute.MirroredStrategy(names, cross_device_ops=sums).scope():
            yield names


def share_statistics(model: keras.Model) -> None:
    """Batch normalisation takes mean and variance of the whole batch, not of a device's share of it.

    On TensorFlow each device would take its own share's, and the loss would be that of smaller batches;
    on JAX the batch is one array anyway.

    Args:
        model: built, before its first step.
    """
    if keras.backend.backend() != "tensorflow":
        return
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
