import json

import pytest

from emopoi.errors import ModelFileError
from emopoi.preprocess import CropLayout
from emopoi.runtime.manifest import Manifest, find_model, models_folder


def write_manifest(folder, **changes):
    folder.mkdir(exist_ok=True)
    (folder / "model.tflite").write_bytes(b"bytes")
    sha = "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"
    data = {
        "name": folder.name,
        "task": "emotion_time",
        "default": "int8",
        "files": {"int8": {"path": "model.tflite", "sha256": sha, "bytes": 5}},
        "input": None,
        "inputs": {"h": {"tensor": "h", "shape": [1, 4]}},
        "outputs": {"fer7": {"tensor": "Identity", "shape": [1, 7]}},
    }
    (folder / "manifest.json").write_text(json.dumps({**data, **changes}))
    return folder


def test_content_is_checked_against_the_hash(tmp_path):
    folder = write_manifest(tmp_path / "m")
    assert Manifest.read(folder).content() == b"bytes"
    (folder / "model.tflite").write_bytes(b"bytez")
    with pytest.raises(ModelFileError, match="damaged or was changed"):
        Manifest.read(folder).content()
    (folder / "model.tflite").unlink()
    with pytest.raises(ModelFileError, match="can not be read"):
        Manifest.read(folder).content()


def test_unknown_variant_names_the_known(tmp_path):
    with pytest.raises(ModelFileError, match="int8"):
        Manifest.read(write_manifest(tmp_path / "m")).content("float8")


LAYOUT = {"eyes_y": 0.4, "mouth_y": 0.8, "eye_distance": 0.38}


def test_temperatures_and_layouts_are_read(tmp_path):
    manifest = Manifest.read(write_manifest(tmp_path / "plain"))
    assert (manifest.temperature, manifest.age_temperature) == (1.0, 1.0)
    assert manifest.training_layout is None and manifest.person_layout is None
    told = {"age_temperature": 1.4, "training_layout": LAYOUT, "person_layout": LAYOUT | {"eyes_y": 0.3}}
    manifest = Manifest.read(write_manifest(tmp_path / "told", **told))
    assert manifest.age_temperature == 1.4
    assert manifest.training_layout == CropLayout(0.4, 0.8, 0.38)
    assert manifest.person_layout == CropLayout(0.3, 0.8, 0.38)


@pytest.mark.parametrize(
    "path",
    ["../../../ESCAPED", "/etc/passwd", "sub/model.tflite", "..", ".", "", "a\\b", "C:x", "a\0b", None, 7],
)
def test_files_lie_in_the_folder_of_the_model(tmp_path, path):
    file = {"path": path, "sha256": "0" * 64, "bytes": 5}
    with pytest.raises(ModelFileError, match="without folders"):
        Manifest.read(write_manifest(tmp_path / "m", files={"int8": file}))


@pytest.mark.parametrize(
    "changes",
    [
        {"files": None},
        {"outputs": {"a": {}}},
        {"input": {"size": 3}},
        {"temperature": "warm"},
        {"temperature": 0},
        {"temperature": 10**400},
        {"age_temperature": "warm"},
        {"age_temperature": float("nan")},
        {"age_temperature": -1},
        {"training_layout": "upright"},
        {"training_layout": LAYOUT | {"eyes_y": 2}},
        {"person_layout": {}},
    ],
)
def test_malformed_manifests_are_refused(tmp_path, changes):
    with pytest.raises(ModelFileError, match="no manifest of this version"):
        Manifest.read(write_manifest(tmp_path / "m", **changes))


def test_missing_and_broken_json(tmp_path):
    with pytest.raises(ModelFileError, match="does not exist"):
        Manifest.read(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ModelFileError, match="can not be read"):
        Manifest.read(tmp_path)
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(ModelFileError, match="can not be read"):
        Manifest.read(tmp_path)


def test_finding_by_name_and_by_path(tmp_path, monkeypatch):
    folder = write_manifest(tmp_path / "m")
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    assert find_model("m").name == "m" and find_model(str(folder)).name == "m"
    for name in ("other", "x" * 300):
        with pytest.raises(ModelFileError, match="there are: m"):
            find_model(name)
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "none"))
    with pytest.raises(ModelFileError, match="no folder"):
        models_folder()
