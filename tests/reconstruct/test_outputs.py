import json

import pytest

from emopoi.errors import OutputError
from emopoi.reconstruct.outputs import ReconstructionOutputs


def writer(folder, name):
    def write():
        (folder / name).write_text("x")
        return [folder / name]

    return write


def failing():
    raise OutputError("disk full")


def test_each_file_stands_by_itself(tmp_path):
    outputs = ReconstructionOutputs(tmp_path / "new" / "folder")
    inside = outputs.subfolder("person-1")
    names = outputs.write([writer(inside, "a"), failing, writer(outputs.folder, "b")])
    assert names == outputs.files == ["person-1/a", "b"]
    assert [str(failure) for failure in outputs.failures] == ["disk full"]
    outputs.finish({"files": names, "people": []})
    assert json.loads((outputs.folder / "reconstruction.json").read_text())["files"] == names


def test_a_folder_that_can_not_be_is_a_failure(tmp_path):
    (tmp_path / "person-1").write_text("")
    outputs = ReconstructionOutputs(tmp_path)
    assert outputs.subfolder("person-1") is None and len(outputs.failures) == 1


def test_a_summary_that_can_not_be_written_is_a_failure(tmp_path):
    outputs = ReconstructionOutputs(tmp_path)
    (tmp_path / "reconstruction.json").mkdir()
    outputs.finish({"files": [], "people": []})
    assert len(outputs.failures) == 1


@pytest.mark.parametrize("earlier", ["", "[]", '{"files": 3}', '{"files": [], "people": [1]}'])
def test_what_an_earlier_run_says_may_be_anything(tmp_path, earlier):
    (tmp_path / "reconstruction.json").write_text(earlier)
    outputs = ReconstructionOutputs(tmp_path)
    outputs.finish({"files": [], "people": []})
    assert not outputs.failures


def test_only_files_of_an_earlier_run_go(tmp_path):
    for name in ("mine", "old", "again"):
        (tmp_path / name).write_text("")
    (tmp_path / "reconstruction.json").write_text('{"files": ["old", "again"], "people": []}')
    outputs = ReconstructionOutputs(tmp_path)
    outputs.write([writer(tmp_path, "again")])
    outputs.finish({"files": ["again"], "people": []})
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "again", "reconstruction.json"}
