"""Keras = TFLite = golden bytes, on a network with weights drawn by chance."""

import json

import keras
import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.export.convert import convert
from emopoi.export.freeze import freeze
from emopoi.export.kinds import KINDS
from emopoi.export.parity import check, compare
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """The step LSTM, frozen in both variants, and the Keras network it came from."""
    folder = tmp_path_factory.mktemp("frozen")
    keras.utils.set_random_seed(4)
    network = KINDS["emotion_time"].build()
    random = np.random.default_rng(4)
    for layer in network.layers:
        if layer.name == "correct":
            layer.kernel.assign(random.normal(0, 0.3, layer.kernel.shape))
    weights = folder / "step.weights.h5"
    network.save_weights(weights)
    shapes = {"embedding": 256, "frame_logits": 7, "h": 64, "c": 64}
    samples = {name: random.normal(0, 0.5, (48, size)).astype(np.float32) for name, size in shapes.items()}
    manifest = freeze(
        "emotion_time", weights, samples, folder / "step", input_spec=None, facts={"licence": {"code": "x"}}
    )
    return network, samples, manifest, weights


@pytest.mark.parametrize(("variant", "tolerance"), [("int8", 0.12), ("float16", 0.005)])
def test_the_file_is_the_network(frozen, variant, tolerance):
    network, samples, manifest, _ = frozen
    expected = network.predict(samples, verbose=0)
    model = FrozenModel(manifest, variant)
    rows = [model.run(**{name: value[i : i + 1] for name, value in samples.items()}) for i in range(48)]
    for name, value in expected.items():
        found = np.concatenate([row[name] for row in rows])
        assert value.std(axis=0).mean() > 0.01
        assert np.sqrt(np.mean((found - value) ** 2)) < tolerance * value.std(axis=0).mean()


def test_manifest_says_what_was_measured(frozen):
    manifest = Manifest.read(frozen[2].folder)
    assert set(manifest.files) == {"int8", "float16"}
    assert manifest.data["parity"]["int8"]["fer7"]["agreement"] > 0.9
    assert manifest.outputs["fer7"].labels[3] == "happy"
    assert json.loads((manifest.folder / "manifest.json").read_text())["licence"] == {"code": "x"}


def test_golden_outputs_are_those_of_the_file(frozen):
    manifest = frozen[2]
    golden = np.load(manifest.folder / "golden.npz")
    for variant in manifest.files:
        found = FrozenModel(manifest, variant).run(**{name: golden[name] for name in manifest.inputs})
        for name, value in found.items():
            assert np.allclose(value, golden[f"{variant}.{name}"], atol=1e-5)


def test_a_failed_conversion_is_an_error_and_not_an_abort(frozen, tmp_path):
    _, samples, _, _ = frozen
    broken = tmp_path / "broken.weights.h5"
    broken.write_bytes(b"no weights")
    with pytest.raises(ModelFileError, match="emotion_time to int8 failed"):
        convert("emotion_time", broken, "int8", samples, tmp_path / "x.tflite")
    with pytest.raises(ModelFileError, match="variant"):
        convert("emotion_time", broken, "int4", samples, tmp_path / "x.tflite")


def test_parity_refuses_what_proves_nothing_and_what_differs():
    constant = np.ones((20, 7))
    with pytest.raises(ModelFileError, match="shows nothing"):
        compare(constant, constant)
    values = np.random.default_rng(0).normal(size=(20, 7))
    assert compare(values, values).agreement == 1.0
    with pytest.raises(ModelFileError, match="differs"):
        check({"fer7": values}, {"fer7": values + 0.5}, "int8")
