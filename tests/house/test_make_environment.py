import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_environment.sh"


@pytest.fixture
def other_python(tmp_path) -> Path:
    """Stands for an interpreter of another version: refuses every script."""
    script = tmp_path / "python"
    script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    script.chmod(0o755)
    return script


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(SCRIPT), str(folder), "requirements-device.txt"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def test_another_python_is_refused_in_one_line(tmp_path, other_python):
    done = run(tmp_path / "venv", PYTHON=str(other_python))

    assert done.returncode == 2
    assert done.stderr == f"error: Python 3.11 is needed, but PYTHON={other_python} is Python 3.9.2\n"
    assert not (tmp_path / "venv").exists()


def test_no_python_is_told_in_one_line(tmp_path, other_python):
    for name in ("python3.11", "python3"):
        (tmp_path / name).symlink_to(other_python)
    for name in ("bash", "dirname", "head"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = run(tmp_path / "venv", PYTHON="", PATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr.startswith("error: Python 3.11 is needed and was not found: install python3.11")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "venv").exists()
