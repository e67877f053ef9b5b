import json
import stat
from pathlib import Path

import pytest

from emopoi.commands import feedback as command
from emopoi.commands.main import main
from recommender.place import Place

PLACES = {
    place.id: place
    for place in (
        Place("osm:node/1", "Café Ä", "cafe", 60.0, 25.0),
        Place("osm:node/2", "Museum", "museum", 60.0, 25.0),
    )
}


class FewPlaces:
    def find(self, ids: list[str]) -> list[Place]:
        return [PLACES[name] for name in ids if name in PLACES]


@pytest.fixture(autouse=True)
def few_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "open_catalogue", lambda path: FewPlaces())
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("EMOPOI_FEEDBACK", raising=False)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(["feedback", *words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_a_word_is_kept_shown_exported_and_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "data" / "emopoi" / "feedback.sqlite"
    assert answer(capsys, "show")["places"] == {}
    assert not file.parent.exists()
    kept = answer(capsys, "like", "osm:node/1")
    assert (kept["kept"]["name"], kept["kept"]["kind"], kept["store"]) == ("Café Ä", "like", str(file))
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    answer(capsys, "been-there", "osm:node/2")
    answer(capsys, "hide", "osm:node/2", "--person", "Anna")
    shown = answer(capsys, "show")
    assert shown["places"]["osm:node/1"]["liked"] is True
    assert shown["places"]["osm:node/2"]["visits"] == 1
    assert shown["types"].keys() == {"cafe"}
    assert shown["types"]["cafe"]["mean"] > 0.5
    out = tmp_path / "me.json"
    assert answer(capsys, "export", "--out", str(out)) == {"person": "me", "events": 2, "file": str(out)}
    exported = json.loads(out.read_text(encoding="utf-8"))
    assert exported["events"] == answer(capsys, "export")["events"]
    assert [event["kind"] for event in exported["events"]] == ["like", "been_there"]
    assert answer(capsys, "delete", "--person", "me", "--yes")["deleted"] == 2
    assert answer(capsys, "show")["places"] == {}
    assert answer(capsys, "show", "--person", "Anna")["places"]["osm:node/2"]["hidden"] is True


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["like", "osm:node/1"], ["been-there", "osm:node/1"], ["been-there", "osm:node/1"]):
        assert main(["feedback", *words]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "kept: like Café Ä (cafe)"
    main(["feedback", "show"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("  osm:node/1 (cafe): liked, been there 2 times, last on 20")
    assert lines[-1].startswith("  cafe: 0.")
    main(["feedback", "delete", "--person", "nobody", "--yes"])
    assert capsys.readouterr().out == "deleted: 0 words of nobody\n"
    main(["feedback", "show", "--person", "nobody"])
    assert capsys.readouterr().out == "nothing is kept about nobody\n"


def test_the_store_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOPOI_FEEDBACK", str(tmp_path / "variable.sqlite"))
    answer(capsys, "like", "osm:node/1")
    answer(capsys, "like", "osm:node/2", "--store", f"sqlite:///{tmp_path / 'option.sqlite'}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["option.sqlite", "variable.sqlite"]
    assert answer(capsys, "show")["places"].keys() == {"osm:node/1"}


def test_what_left_the_catalogue_can_be_taken_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(capsys, "hide", "osm:node/1")
    answer(capsys, "hide", "osm:node/2")
    monkeypatch.setattr(FewPlaces, "find", lambda self, ids: [])
    answer(capsys, "unhide", "osm:node/1")
    answer(capsys, "forget", "osm:node/2")
    places = answer(capsys, "show")["places"]
    assert places.keys() == {"osm:node/1"}
    assert places["osm:node/1"]["hidden"] is False
    assert main(["feedback", "like", "osm:node/1"]) == 2
    assert "no place 'osm:node/1'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["like", "osm:node/3"], "no place 'osm:node/3'"),
        (["forget", "osm:node/3"], "no place 'osm:node/3'"),
        (["delete", "--person", "me"], "--yes"),
        (["delete", "--yes"], "--person"),
        (["like"], "PLACE_ID"),
        (["praise", "osm:node/1"], "praise"),
        ([], "WORD"),
        (["like", "osm:node/1", "--person", " "], "1 to 200 characters"),
        (["show", "--person", "a\x00b"], "control"),
        (["show", "--store", "mysql://host/name"], "mysql"),
        (["like", "osm:node/1", "--store", "/nowhere/at/all.sqlite"], "/nowhere/at/all.sqlite"),
        (["export", "--out", "/nowhere/me.json"], "/nowhere/me.json"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feedback", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("emopoi: error: ")
    assert part in err
    assert err.count("\n") == 1
    assert list(tmp_path.rglob("*.sqlite")) == []
