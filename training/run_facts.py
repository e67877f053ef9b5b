"""What one must know to repeat a run, and in what a resumed one differs."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.table_files import table_files

CIRCUMSTANCES = ("versions", "commit", "devices", "resumed")
"""Facts that may change within a run: they are noted, not refused."""


def run_facts(files: Iterable[Path], devices: Iterable[str]) -> dict[str, Any]:
    """Versions, backend, precision, devices, commit and hashes.

    Args:
        files: data and weights that the run reads.
        devices: names of what it runs on.

    Raises:
        InputError: a file can not be read.
    """
    return {
        "backend": keras.backend.backend(),
        "precision": keras.config.dtype_policy().name,
        "devices": list(devices),
        "versions": versions(),
        "commit": commit(),
        "files": {f"{file.parent.name}/{file.name}": sha256(file) for file in files},
    }


def versions() -> dict[str, str]:
    """Versions of Python, Keras, its backend and numpy."""
    name = keras.backend.backend()
    backend = __import__(name)
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        name: str(backend.__version__),
        "numpy": np.__version__,
    }


def commit() -> str | None:
    """Commit of this checkout, with a plus where files differ from it; None where git knows none."""
    here = Path(__file__).parent
    try:
        head, changes = (
            subprocess.run(
                ["git", *words], cwd=here, capture_output=True, text=True, check=True, timeout=10
            ).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{head}+" if changes else head


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, or of the files of a folder one after another.

    Raises:
        InputError: it can not be read.
    """
    digest = hashlib.sha256()
    try:
        for part in table_files(path) if path.is_dir() else [path]:
            with open(part, "rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise InputError(f"{path}: can not be read ({error.strerror})") from error
    return digest.hexdigest()


def differences(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, str]:
    """What of a run's settings is asked for otherwise now.

    Args:
        stored: settings.json of the run; a fact that it does not know yet is no difference.
        asked: of now.

    Returns:
        What differs by dotted name, as "16 then, 32 now"; circumstances are left out.
    """
    found: dict[str, str] = {}
    _compare(stored, json.loads(json.dumps(dict(asked), default=str)), "", found)
    return {name: text for name, text in found.items() if name.split(".")[0] not in CIRCUMSTANCES}


def _compare(then: Any, now: Any, name: str, found: dict[str, str]) -> None:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        # At the top an older file may lack facts; within one, what is missing differs.
        for key in now if not name else sorted(then.keys() | now.keys()):
            if name or key in then:
                _compare(then.get(key), now.get(key), f"{name}.{key}" if name else key, found)
    elif then != now:
        found[name] = (
            "another content"
            if name.startswith("files.") and then and now
            else f"{json.dumps(then)} then, {json.dumps(now)} now"
        )
