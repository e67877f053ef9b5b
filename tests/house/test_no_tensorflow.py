"""The main job must start on a device that has no TensorFlow, Keras or mediapipe."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("tensorflow", "keras", "mediapipe", "jax", "librosa", "pandas", "pyarrow", "skimage", "ray")

LOADED = f"""
import json, sys
print("LOADED" + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""

EVERY_MODULE = """
import importlib, pkgutil
import emopoi.pipeline, emopoi.recognition_outputs
ROOMS = "preprocess head profile render reconstruct report runtime types vision evaluation batch"
for room in ROOMS.split():
    package = importlib.import_module(f"emopoi.{room}")
    for found in pkgutil.iter_modules(package.__path__, f"emopoi.{room}."):
        importlib.import_module(found.name)
import recommender
for found in pkgutil.iter_modules(recommender.__path__, "recommender."):
    importlib.import_module(found.name)
"""

HELP = """
from emopoi.commands.main import main
try:
    main(ARGUMENTS)
except SystemExit as ending:
    assert not ending.code
"""


def loaded_after(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code + LOADED], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rsplit("LOADED", 1)[1])


def test_the_probe_sees_what_is_loaded():
    assert loaded_after("import pyarrow") == ["pyarrow"]


def test_every_module_of_the_device_path_is_light():
    assert loaded_after(EVERY_MODULE) == []


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "recognize --help",
        "recommend --help",
        "reconstruct --help",
        "head --help",
        "batch --help",
        "doctor --json",
    ],
)
def test_the_command_line_is_light(words):
    assert loaded_after(HELP.replace("main(ARGUMENTS)", f"main({words.split()!r}) and None")) == []


def test_the_overview_imports_no_command():
    code = (
        HELP.replace("ARGUMENTS", "['--help']")
        + "import sys; assert 'cv2' not in sys.modules, 'cv2 is loaded'"
    )
    assert loaded_after(code) == []
