from pathlib import Path

import pytest

from emopoi.errors import OutputError
from emopoi.head.whole_files import write_whole


def test_all_are_written_and_nothing_else_stays(tmp_path: Path) -> None:
    write_whole({tmp_path / "a": b"1", tmp_path / "b": b"22"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"22"}


def test_where_one_fails_none_is_written_and_old_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    for bad in (tmp_path / "folder", tmp_path / "nowhere" / "b", tmp_path / "b\0"):
        with pytest.raises(OutputError, match="can not be written"):
            write_whole({tmp_path / "a": b"new", bad: b"2"})
        assert (tmp_path / "a").read_bytes() == b"old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        with open(path, "wb") as file:
            file.write(content[:1])
        if path.name.startswith(".b"):
            raise OSError(28, "No space left on device")
        return len(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"b: can not be written \(No space left"):
        write_whole({tmp_path / "a": b"11", tmp_path / "b": b"22"})
    assert not list(tmp_path.iterdir())
