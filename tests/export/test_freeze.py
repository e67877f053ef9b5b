"""Keras = TFLite = golden bytes, on a network with weights drawn by chance."""

import json
import shutil

import keras
import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.export.convert import convert
from emopoi.export.freeze import embed_metadata, freeze, write_json
from emopoi.export.kinds import KINDS
from emopoi.export.parity import check, compare
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.model_metadata import read_metadata, without_metadata


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """The step LSTM, frozen in both variants, and the Keras network it came from."""
    folder = tmp_path_factory.mktemp("frozen")
    keras.utils.set_random_seed(4)
    network = KINDS["emotion_time"].build()
    random = np.random.default_rng(4)
    weights = folder / "step.weights.h5"
    network.save_weights(weights)
    shapes = {name: tensor.shape[-1] for name, tensor in network.input.items()}
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


def test_the_file_says_what_it_is_and_the_hash_covers_it(frozen):
    manifest = Manifest.read(frozen[2].folder)
    assert {"ai_edge_litert", "tflite_runtime", "tensorflow"} <= set(manifest.data["runtimes"])
    for variant in manifest.files:
        told = read_metadata(manifest.content(variant))  # checks the hash
        assert told["variant"] == variant and told["name"] == "step"
        assert told["outputs"]["fer7"]["labels"][3] == "happy"
        assert not {"measured", "parity", "files"} & told.keys()


def test_facts_found_later_go_into_the_files(frozen, tmp_path):
    folder = tmp_path / "step"
    shutil.copytree(frozen[2].folder, folder)
    before = Manifest.read(folder)
    content = before.content("int8")
    write_json(folder / "manifest.json", {**before.data, "temperature": 0.75})
    after = embed_metadata(folder)
    assert read_metadata(after.content("int8"))["temperature"] == 0.75
    assert after.files["int8"].sha256 != before.files["int8"].sha256
    assert without_metadata(after.content("int8")) == without_metadata(content)
    assert embed_metadata(folder).files == after.files


def test_what_a_runtime_refuses_is_left_out_in_one_line(frozen, tmp_path, monkeypatch, capsys):
    _, samples, manifest, weights = frozen

    def converted(kind, weights, samples, files):
        for variant, file in files.items():
            file.write_bytes(manifest.content("int8" if variant == "int8" else "float16"))

    def refuse(content):
        if content == manifest.content("float16"):
            raise ModelFileError("tflite-runtime 2.14 does not run it")

    monkeypatch.setattr("emopoi.export.freeze.convert", converted)
    monkeypatch.setattr("emopoi.export.freeze.check_operators", refuse)
    out = tmp_path / "step"
    out.mkdir()
    (out / "model_float32.tflite").write_bytes(b"of an earlier export")
    found = freeze(
        "emotion_time", weights, samples, out, input_spec=None, facts={}, variants=("dynamic", "int8")
    )
    assert set(found.files) == {"int8"} == set(found.data["parity"]) and found.default == "int8"
    assert capsys.readouterr().err == "dynamic: left out: tflite-runtime 2.14 does not run it\n"
    assert {path.name for path in out.iterdir()} == {"model.tflite", "manifest.json", "golden.npz"}
    with pytest.raises(ModelFileError, match=r"2\.14"):
        freeze("emotion_time", weights, samples, out, input_spec=None, facts={}, variants=("float16",))
    assert Manifest.read(out).content("int8")


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
        convert("emotion_time", broken, samples, {"int8": tmp_path / "x.tflite"})
    with pytest.raises(ModelFileError, match="variant"):
        convert("emotion_time", broken, samples, {"int4": tmp_path / "x.tflite"})


def test_parity_refuses_what_proves_nothing_and_what_differs():
    constant = np.ones((20, 7))
    with pytest.raises(ModelFileError, match="shows nothing"):
        compare(constant, constant)
    values = np.random.default_rng(0).normal(size=(20, 7))
    assert compare(values, values).agreement == 1.0
    with pytest.raises(ModelFileError, match="differs"):
        check({"fer7": values}, {"fer7": values + 0.5}, "int8")
