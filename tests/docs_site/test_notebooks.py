"""The notebooks run from the first cell to the last, on inputs that they make themselves."""

import json
import os
import subprocess
import sys

import pytest

from tests.docs_site.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

PROGRAM = """
import json, sys
from pathlib import Path

# As a kernel does: one cell after the other, all in the same names.
names = {"__name__": "__main__"}
for number, cell in enumerate(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cells"]):
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
print("files", *sorted(path.as_posix() for path in Path().rglob("*") if path.is_file()))
"""


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook, tmp_path):
    environment = {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore:.*Agg:UserWarning"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(notebook)],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert len(done.stdout.splitlines()[-1].split()) > 3, done.stdout


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_of_format_4_and_stores_nothing(notebook):
    read = json.loads(notebook.read_text(encoding="utf-8"))
    assert read["nbformat"] == 4 and read["cells"][0]["source"][0].startswith("# ")
    assert len({cell["id"] for cell in read["cells"]}) == len(read["cells"])
    for cell in read["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            # Only plain Python: what a notebook alone understands would run nowhere else.
            assert not [line for line in cell["source"] if line.lstrip().startswith(("%", "!"))]


def test_the_three_main_journeys_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "photo_to_3d_face",
        "video_to_places",
        "voice_to_speaking_face",
    ]
