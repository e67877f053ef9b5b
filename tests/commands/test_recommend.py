import argparse
import io
import json
from pathlib import Path

import pytest

from emopoi.commands import recommend as command
from emopoi.errors import InputError, ProfileError
from emopoi.types import EMOPOI8, EmotionProfile, PersonProfile

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
    assert run("--profile", str(profile), "--at", "60.171,24.9415", "--when", WEDNESDAY, "--top", "5") == 0
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
    assert set(data) == {"places", "attribution", "notes"}
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
    assert run("--at", "60.171,24.9415", "--within", "300", "--open-now", "--when", WEDNESDAY, "--json") == 0
    places = json.loads(capsys.readouterr().out)["places"]
    assert places
    assert all(place["distance_m"] <= 300 and place["open"]["state"] != "closed" for place in places)


def test_feedback_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feedback = tmp_path / "me.json"
    run("--when", WEDNESDAY, "--json")
    best = json.loads(capsys.readouterr().out)["places"][0]["id"]
    run("--when", WEDNESDAY, "--json", "--feedback", str(feedback), "--dislike", best, "--like", "fitness")
    out, err = capsys.readouterr()
    assert f"kept: dislike {best}" in err
    assert best not in [place["id"] for place in json.loads(out)["places"]]
    run("--when", WEDNESDAY, "--json", "--feedback", str(feedback))
    assert json.loads(capsys.readouterr().out)["places"][0]["group"] == "fitness"


@pytest.mark.parametrize(
    "words",
    [
        ("--at", "91,0"),
        ("--at", "nan,0"),
        ("--at", "60.1"),
        ("--at", "here"),
        ("--when", "tomorrow"),
        ("--when", "9999-12-31"),
        ("--top", "0"),
        ("--within", "-5"),
        ("--within", "nan"),
        ("--profile", "/nowhere/profile.json"),
        ("--catalogue", "/nowhere/places.json"),
        ("--like", "park"),
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


def test_unknown_person_and_place(profile: Path, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no person 9"):
        run("--profile", str(profile), "--person", "9")
    feedback = tmp_path / "me.json"
    with pytest.raises(InputError, match="node/1"):
        run("--feedback", str(feedback), "--like", "node/1")
    with pytest.raises(InputError, match="liked and disliked"):
        run("--feedback", str(feedback), "--like", "park", "--dislike", "park")
    assert not feedback.exists()
