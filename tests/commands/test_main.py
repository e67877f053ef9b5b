import errno
import importlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emopoi.commands.main import COMMANDS, main
from emopoi.errors import InputError
from recommender.catalogue import DEFAULT_CATALOGUE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "example" in text and f"emopoi {name}" in text


def test_help_names_all_commands(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["sing"], "'sing'"),
        (["--loud"], "--loud"),
        (["recognize", "--loud"], "--loud"),
        (["recommend", "--top", "many"], "--top"),
        (["evaluate", "emotion"], "FILE"),
        (["evaluate", "mood", "faces.parquet"], "'mood'"),
        (["recommend", "--mode"], "--mode"),
    ],
)
def test_mistyped_words_are_told_in_one_line(words, named, capsys):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and named in err and "--help" in err
    assert err.startswith("emopoi: error: ") and err.count("\n") == 1


def failing(error):
    def run(options):
        raise error

    return run


@pytest.fixture
def doctor(monkeypatch):
    return lambda run: monkeypatch.setattr(importlib.import_module("emopoi.commands.doctor"), "run", run)


def test_a_message_can_not_move_the_cursor(doctor, capsys):
    doctor(failing(InputError("\x1b[2Jred\x07 \u202e\udcff\r\nend")))
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == "emopoi: error: \\x1b[2Jred\\x07 \\u202e\\udcff end\n"


def test_a_full_disk_behind_stdout_is_told(doctor, capsys):
    doctor(failing(OSError(errno.ENOSPC, "No space left on device")))
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == (
        "emopoi: error: the output can not be written: No space left on device\n"
    )


@pytest.mark.parametrize(
    "error", [FileNotFoundError(errno.ENOENT, "gone", "x.bin"), OSError(errno.ENOSPC, "full", "x.bin")]
)
def test_other_failures_are_no_mistake_of_the_user(doctor, error):
    doctor(failing(error))
    with pytest.raises(OSError, match=r"x\.bin"):
        main(["doctor"])


def test_what_is_buffered_for_stdout_is_written_before_the_end(monkeypatch, capsys):
    class Full(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    stream = io.TextIOWrapper(io.BufferedWriter(Full()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["recommend", "--k", "1"]) == 2
    monkeypatch.undo()
    assert "can not be written" in capsys.readouterr().err
    with pytest.raises(OSError, match="No space"):
        stream.close()


def printed(encoding, *words):
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        [sys.executable, "-m", "emopoi", *words], cwd=ROOT, capture_output=True, env=environment
    )


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_places_are_told_on_a_terminal_without_their_letters(words, tmp_path):
    data = json.loads(DEFAULT_CATALOGUE.read_text(encoding="utf-8"))
    data["places"] = [data["places"][0], data["places"][1] | {"name": "Pä \ud800 😀"}]
    path = tmp_path / "places.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    for encoding, name in (("ascii", r"P\u00e4 \ud800 \ud83d\ude00"), ("utf-8", r"Pä \ud800 😀")):
        done = printed(encoding, "recommend", "--catalogue", str(path), "--when", "2024-06-05T12:00", *words)
        text = done.stdout.decode(encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        assert name in text
        if words:
            assert "Pä \ud800 😀" in [place["name"] for place in json.loads(text)["places"]]


def test_a_message_in_another_encoding_is_still_one_line(tmp_path):
    done = printed("latin-1", "recommend", "--catalogue", str(tmp_path / "Ω.json"))
    assert done.returncode == 2
    assert rb"\u03a9.json" in done.stderr and done.stderr.count(b"\n") == 1
