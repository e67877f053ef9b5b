import json
import os

import pytest

from emopoi.errors import OutputError
from emopoi.report.output_folder import prepare_output_folder, write_bytes_atomically, write_text_atomically


def test_a_folder_is_made_with_its_parents_and_left_empty(tmp_path):
    folder = prepare_output_folder(tmp_path / "a" / "b ü")
    assert folder == tmp_path / "a" / "b ü"
    assert folder.is_dir() and list(folder.iterdir()) == []
    (folder / "mine.txt").write_text("kept")
    assert prepare_output_folder(str(folder)) == folder
    assert (folder / "mine.txt").read_text() == "kept"


def test_a_file_in_its_place_or_above_it_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="a file is there"):
        prepare_output_folder(tmp_path / "file")
    with pytest.raises(OutputError, match="folder above"):
        prepare_output_folder(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder in which nobody can write")
def test_a_folder_that_can_not_be_written_is_refused_in_one_line():
    for path in ("/proc/emopoi", "/proc/self"):
        with pytest.raises(OutputError, match=path) as caught:
            prepare_output_folder(path)
        assert "\n" not in str(caught.value)


def test_a_name_that_no_folder_can_have_is_refused():
    with pytest.raises(OutputError):
        prepare_output_folder("a\0b")
    with pytest.raises(OutputError):
        prepare_output_folder("x" * 5000)


def test_a_file_is_written_whole_and_nothing_beside_it(tmp_path):
    write_bytes_atomically(tmp_path / "data.bin", b"\x00\x01")
    write_bytes_atomically(tmp_path / "data.bin", b"\x02")
    write_text_atomically(tmp_path / "text.txt", "wesoły\n")
    assert (tmp_path / "data.bin").read_bytes() == b"\x02"
    assert (tmp_path / "text.txt").read_bytes() == "wesoły\n".encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.bin", "text.txt"]


def test_the_older_file_stays_when_writing_fails(tmp_path):
    (tmp_path / "result").mkdir()  # a folder can not be replaced by a file
    with pytest.raises(OutputError, match="result"):
        write_text_atomically(tmp_path / "result", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
    with pytest.raises(OutputError, match="absent"):
        write_text_atomically(tmp_path / "absent" / "file", "text")


def test_a_file_name_that_is_no_unicode_survives_in_json(tmp_path):
    name = os.fsdecode(b"clip\xff.mp4")
    write_text_atomically(tmp_path / "profile.json", json.dumps({"source": name}, ensure_ascii=False))
    assert json.loads((tmp_path / "profile.json").read_text())["source"] == name
