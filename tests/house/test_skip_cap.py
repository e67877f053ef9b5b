import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.skip_cap import NOT_INSTALLABLE
from tests.serve import built_pages

ROOT = Path(__file__).parents[2]

SUITE = """
import pytest

@pytest.mark.parametrize("number", range({skips}))
def test_skipped(number):
    pytest.skip("no reason")

def test_passes():
    assert True
"""


def run_pytest(folder: Path, skips: int, data: str | None) -> subprocess.CompletedProcess:
    (folder / "test_suite.py").write_text(SUITE.format(skips=skips))
    environment = {name: value for name, value in os.environ.items() if name != "EMOPOI_DATA"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"EMOPOI_DATA": data} if data else {})
    plugins = ["-p", "tests.house.skip_cap", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, *plugins, "."]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("skips", "data", "status"),
    [(3, "/somewhere", 1), (2, "/somewhere", 0), (9, None, 0)],
)
def test_run_fails_only_where_too_many_skip_with_data(tmp_path, skips, data, status):
    done = run_pytest(tmp_path, skips, data)

    assert done.returncode == status, done.stdout + done.stderr
    assert f"skipped: {skips} " in done.stdout or not skips
    assert "passed" in done.stdout.rstrip().splitlines()[-1]


def test_skips_for_want_of_a_browser_are_counted_apart(tmp_path):
    (tmp_path / "test_pages.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('number', range(5))\n"
        "def test_page(number):\n"
        "    pytest.skip('no browser here: install chromium')\n"
    )
    done = run_pytest(tmp_path, 2, "/somewhere")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped for want of a browser or Node.js: 5" in done.stdout
    assert "skipped: 2 " in done.stdout


@pytest.mark.parametrize(("node", "version", "counted"), [
    (None, "", False), ("/bin/node", "v18.20.4", False), ("/bin/node", "v20.19.0", True),
])  # fmt: skip
def test_pages_that_could_be_built_are_no_reason_to_skip(monkeypatch, node, version, counted):
    monkeypatch.setattr(built_pages.shutil, "which", lambda name: node)
    told = subprocess.CompletedProcess((), 0, f"{version}\n")
    monkeypatch.setattr(built_pages.subprocess, "run", lambda *words, **options: told)
    assert built_pages.why_not_built().startswith(NOT_INSTALLABLE) != counted


def test_the_plugin_watches_this_run(request):
    assert request.config.pluginmanager.has_plugin("tests.house.skip_cap")
