"""A Keras network read like a frozen face model, to score both in the same way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.export.kinds import KINDS
from emopoi.runtime.manifest import Manifest


class KerasReader:
    """Stands where a `FrozenModel` of a face network stands.

    Args:
        manifest: of the frozen model that was made of the network.
        kind: a key of `KINDS`.
        weights: its `.weights.h5`.

    Raises:
        ModelFileError: the model reads no faces.
    """

    variant = "keras"

    def __init__(self, manifest: Manifest, kind: str, weights: Path) -> None:
        import tensorflow as tf

        if manifest.input is None:
            raise ModelFileError(f"model {manifest.name} reads no faces")
        network = KINDS[kind].build()
        network.load_weights(weights)
        spec = manifest.input
        signature = [tf.TensorSpec((1, spec.size, spec.size, spec.channels), tf.float32)]
        self.manifest = manifest
        self._run = tf.function(lambda face: network(face, training=False), input_signature=signature)

    def run_face(self, face: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Run on one input, float32 (S, S, C); outputs by name, batch axis dropped."""
        return {name: np.asarray(value)[0] for name, value in self._run(face[None]).items()}
