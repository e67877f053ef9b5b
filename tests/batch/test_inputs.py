import os

import pytest

from emopoi.batch.inputs import find_videos
from emopoi.errors import InputError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, size in {
        "a.mp4": 5, "in/b.MOV": 9, "in/deep/c.mkv": 1, "in/notes.doc": 3, "in/._b.mov": 4, ".bin/d.mp4": 2,
    }.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return tmp_path


def names(found, root):
    return [os.path.relpath(path, root) for path in found]


def test_a_folder_is_searched_to_its_end_and_the_largest_comes_first(tree):
    assert names(find_videos(["."]), tree) == ["in/b.MOV", "a.mp4", "in/deep/c.mkv"]


def test_a_file_is_taken_as_it_is(tree):
    assert names(find_videos(["in/notes.doc"]), tree) == ["in/notes.doc"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.mp4", ["a.mp4"]),
        ("i*", ["in/b.MOV", "in/deep/c.mkv"]),
        ("**/*.m*", ["a.mp4", "in/deep/c.mkv"]),
    ],
)
def test_a_pattern(tree, pattern, expected):
    assert names(find_videos([pattern]), tree) == expected


def test_a_name_that_looks_like_a_pattern_is_a_name_first(tree):
    (tree / "clip[1].mp4").write_bytes(b"x")
    assert names(find_videos(["clip[1].mp4"]), tree) == ["clip[1].mp4"]


def test_a_list_keeps_what_is_missing_for_the_end(tree):
    (tree / "list.txt").write_bytes(b"\xef\xbb\xbfgone.mp4\r\n\n  a.mp4 \nin\nodd\xff.mp4\n")
    found = names(find_videos(["list.txt"]), tree)
    assert found == ["in/b.MOV", "a.mp4", "in/deep/c.mkv", "gone.mp4", os.fsdecode(b"odd\xff.mp4")]


def test_each_video_comes_once(tree):
    assert len(find_videos(["a.mp4", "./a.mp4", "*.mp4", str(tree / "a.mp4")])) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gone.mp4"], "gone.mp4: no such file"),
        (["*.avi"], "nothing is called like this"),
        ([".bin/..", "http://x/y.mp4"], "an address"),
        (["in/deep/c.mkv", ""], "name is empty"),
        (["empty"], "no videos in empty"),
        (["list.txt"], "an address"),
        (["a\0b"], "not a name"),
    ],
)
def test_what_names_nothing_is_refused(tree, words, message):
    (tree / "empty").mkdir()
    (tree / "list.txt").write_text("a.mp4\nrtsp://host/stream\n")
    with pytest.raises(InputError, match=message):
        find_videos(words)
