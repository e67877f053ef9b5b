import json

import pytest

from emopoi.errors import ModelFileError
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


@pytest.mark.parametrize("changes", [{"files": None}, {"outputs": {"a": {}}}, {"input": {"size": 3}}])
def test_malformed_manifests_are_refused(tmp_path, changes):
    with pytest.raises(ModelFileError, match="no manifest of this version"):
        Manifest.read(write_manifest(tmp_path / "m", **changes))


def test_missing_and_broken_json(tmp_path):
    with pytest.raises(ModelFileError, match="does not exist"):
        Manifest.read(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ModelFileError, match="can not be read"):
        Manifest.read(tmp_path)


def test_finding_by_name_and_by_path(tmp_path, monkeypatch):
    folder = write_manifest(tmp_path / "m")
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    assert find_model("m").name == "m" and find_model(str(folder)).name == "m"
    with pytest.raises(ModelFileError, match="there are: m"):
        find_model("other")
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "none"))
    with pytest.raises(ModelFileError, match="no folder"):
        models_folder()
