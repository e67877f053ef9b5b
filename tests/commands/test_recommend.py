import argparse
import io
import json
from pathlib import Path

import pytest

from emopoi.commands import recommend as command
from emopoi.errors import InputError, OutputError, ProfileError
from emopoi.types import EMOPOI8, EmotionProfile, PersonProfile
from recommender import open_catalogue
from recommender.feedback import FeedbackStore

WEDNESDAY = "2024-06-05T15:00"


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="emopoi recommend")
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    shares = dict.fromkeys(EMOPOI8, 0.0) | {"Sad": 0.7, "Neutral": 0.3}
    people = tuple(
        PersonProfile(number, 5.0 * number, {"sad": 1.0}, shares, -0.5, -0.2, 0.1, 0.9, False)
        for number in (1, 2)
    )
    path = tmp_path / "profile.json"
    path.write_text(EmotionProfile("clip.mp4", people).to_json(), encoding="utf-8")
    return path


def test_text(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--profile", str(profile), "--at", "60.171,24.9415", "--when", WEDNESDAY, "--k", "5") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0].startswith(" 1. ")
    assert " 5. " in out
    assert " 6. " not in out
    assert "expression shown by person 2: mostly Sad" in out
    assert out.rstrip().splitlines()[-1].startswith("© OpenStreetMap contributors, ODbL")


def test_json(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--profile", str(profile), "--when", WEDNESDAY, "--json", "--person", "1") == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data) == {"at", "places", "attribution", "notes"}
    assert len(data["places"]) == 10
    assert "OpenStreetMap" in data["attribution"]
    assert any("person 1" in note for note in data["notes"])


def test_profile_from_stdin(
    profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(profile.read_bytes())))
    assert run("--profile", "-", "--when", WEDNESDAY) == 0
    assert "mostly Sad" in capsys.readouterr().out


def test_modes_differ(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders = []
    for mode in ("lift", "match", "off"):
        run("--profile", str(profile), "--when", WEDNESDAY, "--mode", mode, "--json")
        orders.append([place["id"] for place in json.loads(capsys.readouterr().out)["places"]])
    assert len({tuple(order) for order in orders}) == 3


def test_leading_minus_and_no_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--at=-33.9,18.4", "--when", "2024-06-05T12:00Z", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["places"][0]["distance_m"] > 10_000_000
    assert "no profile was given" in data["notes"][0]


def test_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--at", "60.171,24.9415", "--within", "300", "--open", "--when", WEDNESDAY, "--json") == 0
    places = json.loads(capsys.readouterr().out)["places"]
    assert places
    assert all(place["distance_m"] <= 300 and place["open"]["state"] != "closed" for place in places)


def test_feedback_counts_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "me.sqlite"
    monkeypatch.setenv("EMOPOI_FEEDBACK", str(store))

    def order(*words: str) -> list[str]:
        assert run("--when", WEDNESDAY, "--json", *words) == 0
        return [place["id"] for place in json.loads(capsys.readouterr().out)["places"]]

    before = order()
    assert not store.exists(), "asking keeps nothing"
    with FeedbackStore(store) as opened:
        place = open_catalogue(None).find([before[0]])[0]
        opened.say("dislike", place)
    assert before[0] not in order()
    assert order("--no-feedback") == before
    assert order("--who", "somebody else")[0] in before


def test_a_typed_state_moves_the_places(capsys: pytest.CaptureFixture[str]) -> None:
    orders = []
    for state in ("Excited", "Sad:0.9,Neutral:0.1", "neutral"):
        assert run("--state", state, "--when", WEDNESDAY, "--json", "--no-feedback") == 0
        orders.append([place["id"] for place in json.loads(capsys.readouterr().out)["places"]])
    assert run("--when", WEDNESDAY, "--json", "--no-feedback") == 0
    nobody = [place["id"] for place in json.loads(capsys.readouterr().out)["places"]]
    assert orders[0] != orders[1]
    assert orders[2] == nobody


def test_filters(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--kind", "park", "--kind", "museum", "--wheelchair", "--when", WEDNESDAY, "--no-feedback")
    assert run(*words, "--json") == 0
    places = json.loads(capsys.readouterr().out)["places"]
    assert places and {place["group"] for place in places} <= {"park", "museum"}
    assert {place["wheelchair"] for place in places} <= {"yes", "limited", "designated"}


def test_a_map_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "places.html"
    assert run("--when", WEDNESDAY, "--no-feedback", "--map", str(page)) == 0
    assert "<svg" in page.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [page]
    with pytest.raises(OutputError, match="can not be written"):
        run("--when", WEDNESDAY, "--no-feedback", "--map", str(tmp_path / "no" / "places.html"))


@pytest.mark.parametrize(
    "words",
    [
        ("--at", "91,0"),
        ("--at", "nan,0"),
        ("--at", "60.1"),
        ("--at", "here"),
        ("--when", "tomorrow"),
        ("--when", "9999-12-31"),
        ("--k", "0"),
        ("--within", "-5"),
        ("--within", "nan"),
        ("--profile", "/nowhere/profile.json"),
        ("--catalogue", "/nowhere/places.json"),
        ("--state", "Angry"),
        ("--state", "Sad:2"),
        ("--state", "Sad:0.8,Happy:0.8"),
        ("--state", "Sad:nan"),
        ("--state", ""),
        ("--kind", "pub crawl"),
        ("--use", "race"),
        ("--max-price", "9"),
        ("--store", "mysql://x"),
    ],
)
def test_mistakes(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError) as caught:
        run(*words)
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "people": [{}]}', "\x00"])
def test_malformed_profiles(tmp_path: Path, text: str) -> None:
    path = tmp_path / "profile.json"
    path.write_text(text)
    with pytest.raises(ProfileError, match=r"profile\.json"):
        run("--profile", str(path))


def test_unknown_person(profile: Path) -> None:
    with pytest.raises(ProfileError, match="no person 9"):
        run("--profile", str(profile), "--person", "9")
