import subprocess
import sys
from pathlib import Path

import tomllib

ROOT = Path(__file__).parents[2]
DOORS = {
    "emopoi.commands",
    "emopoi.pipeline",
    "emopoi.recognition_outputs",
    "emopoi.demo_clip",
    "emopoi.__main__",
}
"""Where everything comes together; they may import every room but training."""


def test_nobody_imports_what_is_not_theirs():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " kept, 0 broken" in done.stdout


def test_every_room_has_a_contract():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    held = {module for contract in linter["contracts"] for module in contract["source_modules"]}
    parts = {
        f"emopoi.{path.name.removesuffix('.py')}" for path in (ROOT / "emopoi").iterdir() if is_code(path)
    }

    assert parts - held - DOORS == set()


def is_code(path: Path) -> bool:
    return path.name != "__init__.py" and (path.suffix == ".py" or any(path.glob("*.py")))
