"""What README tells people to type works."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from emopoi.commands.main import COMMANDS, main
from emopoi.demo_clip import write_demo_clip

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.S)


def shell_lines():
    lines = [
        line.split("  #")[0].strip() for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()
    ]
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with the demo's clip where README expects one."""
    path = tmp_path_factory.mktemp("readme")
    (path / "out").mkdir()
    write_demo_clip(path / "out" / "input.mp4", 2.0)
    (path / "clip.mp4").write_bytes((path / "out" / "input.mp4").read_bytes())
    return path


def test_the_five_lines_of_python(folder):
    (code,) = [block for kind, block in BLOCKS if kind == "python"]
    assert len(code.strip().splitlines()) == 5
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_the_commands_of_the_main_job(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EMOPOI_FEEDBACK", str(folder / "feedback.sqlite"))
    wanted = {"recognize", "recommend", "feedback", "doctor", "bundle"}
    ran = []
    for line in shell_lines():
        words = shlex.split(line)
        # A bundle and a model of one's own are not here; they have tests of their own.
        elsewhere = {"--bundle", "--model"} & set(words)
        if words[0] == "emopoi" and words[1] in wanted and not elsewhere:
            assert main(words[1:]) == 0, line
            ran.append(words[1])
    assert set(ran) == wanted
    assert "Places worth going to" in capsys.readouterr().out


def test_every_module_and_script_that_it_names_exists():
    for line in shell_lines():
        words = shlex.split(line)
        if words[:2] == ["python", "-m"]:
            assert (ROOT / (words[2].replace(".", "/") + ".py")).is_file(), line
            assert "--data" in words or "--images" in words
        elif words[0] == "python":
            assert (ROOT / words[1]).is_file(), line
        elif words[0] == "emopoi":
            assert words[1] in COMMANDS, line
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.M), line


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_figures_are_those_of_the_manifests():
    from emopoi.runtime.manifest import find_model

    measured = find_model("emotion").data["measured"]["int8"]["fer2013_public_test"]
    for name, words in (
        ("accuracy", "{:.1f} % ({:.1f} % without copies"),
        ("ferplus_accuracy", "{:.1f} %"),
    ):
        values = [100 * measured[name]] + ([100 * measured["accuracy_no_dup"]] if name == "accuracy" else [])
        assert words.format(*values) in TEXT
    measured = find_model("age_gender").data["measured"]["int8"]["age_gender_valid"]
    assert f"MAE {measured['age_mae']:.2f} years, {100 * measured['age_within_5']:.0f} % within" in TEXT
    assert f"gender {100 * measured['gender_accuracy']:.1f} %" in TEXT
