from pathlib import Path

import pytest

from emopoi.errors import OutputError
from recommender.feedback.default_store import default_store, make_folder_of_default


def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("EMOPOI_FEEDBACK", "postgresql://host/name")
    assert default_store() == "postgresql://host/name"
    monkeypatch.setenv("EMOPOI_FEEDBACK", "")
    assert default_store() == str(tmp_path / "emopoi" / "feedback.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("chosen", [None, "", "relative/folder"])
def test_without_a_data_folder(monkeypatch: pytest.MonkeyPatch, chosen: str | None) -> None:
    monkeypatch.delenv("EMOPOI_FEEDBACK", raising=False)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/somebody"))
    if chosen is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", chosen)
    assert default_store() == "/home/somebody/.local/share/emopoi/feedback.sqlite"


def test_only_the_default_gets_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("EMOPOI_FEEDBACK", raising=False)
    make_folder_of_default(str(tmp_path / "elsewhere" / "feedback.sqlite"))
    make_folder_of_default("postgresql://host/name")
    assert list(tmp_path.iterdir()) == []
    make_folder_of_default(default_store())
    make_folder_of_default(default_store())
    assert [path.name for path in tmp_path.iterdir()] == ["emopoi"]


def test_a_folder_that_can_not_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMOPOI_FEEDBACK", raising=False)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="can not be made"):
        make_folder_of_default(default_store())
