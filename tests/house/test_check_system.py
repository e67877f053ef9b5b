import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_system.py"


@pytest.fixture
def check_system():
    spec = importlib.util.spec_from_file_location("check_system", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_missing_where_everything_loads(check_system):
    assert check_system.missing(lambda file: True) == ()


def test_a_library_that_no_system_has_does_not_load(check_system):
    assert not check_system.loads("libno_such_library_anywhere.so.7")


@pytest.mark.parametrize(
    ("absent", "status", "words"),
    [
        ({"libGL.so.1"}, 2, "install: sudo apt-get install libgl1\n"),
        ({"libgthread-2.0.so.0", "libglib-2.0.so.0"}, 2, "install: sudo apt-get install libglib2.0-0\n"),
        ({"libEGL.so.1"}, 0, "note: optional system library libEGL.so.1"),
        (set(), 0, ""),
    ],
)
def test_a_missing_library_is_named_with_its_package(
    check_system, monkeypatch, capsys, absent, status, words
):
    missing = check_system.missing
    monkeypatch.setattr(check_system, "missing", lambda: missing(lambda file: file not in absent))
    monkeypatch.setattr(check_system.sys, "platform", "linux")

    assert check_system.main() == status
    printed = capsys.readouterr()
    assert words in printed.err and printed.out == ""
    assert bool(printed.err) == bool(absent)
