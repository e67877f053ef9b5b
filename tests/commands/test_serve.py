import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from benchmarks.live_page import served
from emopoi.commands.main import main

ROOT = Path(__file__).parents[2]


def test_it_says_where_it_is_and_answers(tmp_path):
    with served(tmp_path / "data") as address:
        assert address.startswith("http://127.0.0.1:")
        assert urlopen(f"{address}/api/v1/about").status == 200
    assert (tmp_path / "data" / "queue.sqlite").is_file()
    assert (tmp_path / "data").stat().st_mode & 0o77 == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "needs a token"),
        (["--host", "0.0.0.0", "--token", "short"], "at least 16"),
        (["--folder", "/no/such/folder"], "not a folder"),
        (["--certificate", "cert.pem"], "belong together"),
        (["--port", "0", "--certificate", "/no/cert", "--key", "/no/key"], "in PEM"),
        (["--port", "0", "--certificate", __file__, "--key", __file__], "in PEM"),
        (["--token-file", "/no/such/file"], "can not be read"),
        (["--tiles", "https://tiles.example/"], "{z}"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, words, said):
    assert main(["serve", "--data", str(tmp_path), *words]) == 2
    assert said in capsys.readouterr().err.strip()


def test_a_taken_port_is_told(tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--data", str(tmp_path), "--port", str(port)]) == 2
    assert "can not be listened on" in capsys.readouterr().err


def test_only_the_command_loads_the_web_framework():
    modules = "{'fastapi', 'uvicorn', 'h3'}"
    code = f"import sys, emopoi.pipeline, emopoi.commands.main; assert not {modules} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
