"""The frame network as the maker of clips wants it: crops in, embeddings and logits out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from emopoi.evaluation.face_samples import face_samples
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.preprocess import InputSpec
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.interpreter import TFLiteModel
from training.crop_layouts import FER2013

FrameNetwork = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Normalised crops float32 (N, S, S, 1) to embeddings (N, D) and FER-7 logits (N, 7)."""


def of_frozen_model(model: FrozenModel) -> FrameNetwork:
    """A frozen frame model, as it is on a device."""

    def read(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        outputs = [model.run_face(face) for face in faces]
        return np.stack([o["embedding"] for o in outputs]), np.stack([o["fer7"] for o in outputs])

    return read


def of_weights(weights: Path, pictures: Path) -> FrameNetwork:
    """The expression network of a training run.

    With TensorFlow it is converted to int8 first: the LSTM learns from what it will read on a device, and
    five times as fast. Other backends have no converter; there the Keras network reads.

    Args:
        weights: `.weights.h5` of the expression network.
        pictures: parquet file of training pictures, for int8's ranges.

    Raises:
        ModelFileError: the weights are not of this network, or do not convert.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return _of_keras(weights)
    from emopoi.export.convert import convert

    kind = KINDS["emotion"]
    spec = InputSpec(kind.size, kind.channels, MEAN, STD, FER2013.of_centre(*kind.window))
    samples = {"face": face_samples(pictures, spec, FER2013, 300)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "emotion.tflite"
        convert("emotion", weights, samples, {"int8": file})
        model = TFLiteModel(file.read_bytes())
    names = [spec.name for spec in model.outputs]
    # Outputs come in the order of their sorted names: embedding, fer7, ferplus8.
    embedding, logits = names.index("Identity"), names.index("Identity_1")

    def read(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        outputs = [model.run_first(face[None]) for face in faces]
        return np.concatenate([o[embedding] for o in outputs]), np.concatenate([o[logits] for o in outputs])

    return read


def _of_keras(weights: Path) -> FrameNetwork:
    from training.run_folder import load_weights

    network = KINDS["emotion"].build()
    load_weights(network, weights)

    def read(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        output = network.predict_on_batch(faces)
        return np.asarray(output["embedding"], np.float32), np.asarray(output["fer7"], np.float32)

    return read
