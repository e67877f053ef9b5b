"""The shipped expression file is the Keras network whose weights lie in the checkpoints."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emopoi.evaluation.faces_of_table import inputs_of
from emopoi.export.parity import compare
from emopoi.models.emotion import build_emotion_network
from emopoi.runtime.frozen_model import FrozenModel

WEIGHTS = Path(__file__).parents[2] / "training" / "checkpoints" / "emotion.weights.h5"


@pytest.mark.parametrize(("variant", "limit", "same"), [("float16", 0.005, 0.995), ("int8", 0.06, 0.95)])
def test_keras_and_tflite_agree_on_real_faces(data_dir, variant, limit, same):
    network = build_emotion_network()
    network.load_weights(WEIGHTS)
    model = FrozenModel.load("emotion", variant)
    images = pd.read_parquet(data_dir / "fer2013" / "public_test.parquet", columns=["image"]).image[:200]
    manifest = model.manifest
    faces = np.stack(list(inputs_of(list(images), manifest.input, manifest.training_layout, None)))
    expected = network.predict(faces, verbose=0)
    rows = [model.run_face(face) for face in faces]
    for name in ("fer7", "ferplus8"):
        parity = compare(expected[name], np.stack([row[name] for row in rows]))
        assert parity.spread > 0.5
        assert parity.relative < limit and parity.agreement >= same
