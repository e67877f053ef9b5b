"""Why the app's pages are not there: only where no Node.js could build them is that no fault."""

import shutil
import subprocess

_OLDEST = (20, 19)


def why_not_built() -> str:
    """The reason for a skip; one that begins in another way than with what pip can not bring is counted."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "no Node.js here that could build the pages: install nodejs and npm, then make web"
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    if tuple(map(int, version.strip().removeprefix("v").split(".")[:2])) < _OLDEST:
        return f"no Node.js here that could build the pages: {version.strip()} is older than 20.19"
    return "the pages are not built: make web"
