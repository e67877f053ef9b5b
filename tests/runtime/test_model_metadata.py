import shutil
import subprocess
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import ModelFileError
from emopoi.runtime.interpreter import RUNTIMES, TFLiteModel
from emopoi.runtime.manifest import find_model
from emopoi.runtime.model_metadata import read_metadata, with_metadata, without_metadata

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def model():
    return without_metadata(find_model("emotion_time").content())


@given(st.dictionaries(st.text(max_size=8), values, max_size=4), st.binary(max_size=300))
def test_what_goes_in_comes_out_and_the_front_stays(metadata, front):
    front = b"\x1c\x00\x00\x00TFL3" + front
    file = with_metadata(front, metadata)
    assert read_metadata(file) == metadata
    assert without_metadata(file) == front
    assert with_metadata(file, metadata) == file
    assert with_metadata(with_metadata(front, {"earlier": 1}), metadata) == file


def test_every_runtime_loads_a_file_with_metadata(model):
    file = with_metadata(model, {"name": "emotion_time"})
    assert len(file) > len(model)
    loaded = [TFLiteModel(file, runtime=runtime) for runtime in RUNTIMES]
    assert {spec.name for spec in loaded[0].inputs} == {spec.name for spec in loaded[1].inputs}


def test_unzip_reads_it(model, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(with_metadata(model, {"labels": ["happy", "müde"]}))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None and archive.namelist() == ["metadata.json"]
    if shutil.which("unzip"):
        told = subprocess.run(["unzip", "-p", path, "metadata.json"], capture_output=True, check=True)
        assert told.stdout.decode() == '{"labels":["happy","müde"]}'


def test_a_file_without_metadata_has_none(model):
    assert read_metadata(model) is None


def test_damaged_metadata_is_an_error(model, tmp_path):
    file = with_metadata(model, {"name": "x" * 200})
    place = file.index(b"metadata.json") + len(b"metadata.json") + 2
    with pytest.raises(ModelFileError, match=r"metadata\.json"):
        read_metadata(file[:place] + b"\xff\xff\xff\xff" + file[place + 4 :])
    path = tmp_path / "list.tflite"
    path.write_bytes(model)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("metadata.json", "[1]")
    with pytest.raises(ModelFileError, match="an object was expected, got list"):
        read_metadata(path.read_bytes())
    path.write_bytes(model)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", " " * 2_000_000)
    with pytest.raises(ModelFileError, match="at most"):
        read_metadata(path.read_bytes())
