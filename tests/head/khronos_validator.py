"""Khronos' own validator of glTF 2.0, an npm package that `make web` installs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "web" / "node_modules" / "gltf-validator"
SCRIPT = """
const validator = require(process.argv[1]), files = require('fs')
const told = path => validator.validateBytes(new Uint8Array(files.readFileSync(path)))
const all = Promise.all(process.argv.slice(2).map(told))
all.then(answers => console.log(JSON.stringify(answers.map(one => one.issues))))
"""


def faults(*paths: Path) -> list[str]:
    """Errors and warnings of files, a line each; a skip where there is no Node.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here that could run the validator: install nodejs and npm, then make web")
    if not PACKAGE.is_dir():
        pytest.skip("glTF's validator is not installed: make web")
    command = [node, "-e", SCRIPT, str(PACKAGE), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert len(found) == len(paths) > 0
    # 0 is an error, 1 a warning; what is more is information.
    return [str(one) for issues in found for one in issues["messages"] if one["severity"] <= 1]
