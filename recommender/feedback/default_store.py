"""Where a person's own feedback lies when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from emopoi.errors import OutputError

VARIABLE = "EMOPOI_FEEDBACK"
"""Environment variable with a path or URL that comes before the default."""


def default_store() -> str:
    """The store of `EMOPOI_FEEDBACK`, or feedback.sqlite in the user's data folder; makes nothing.

    The data folder is that of the XDG Base Directory Specification ($XDG_DATA_HOME, else
    ~/.local/share), on Windows %LOCALAPPDATA%.
    """
    chosen = os.environ.get(VARIABLE)
    return chosen if chosen else str(_data_folder() / "emopoi" / "feedback.sqlite")


def make_folder_of_default(store: str) -> None:
    """Make the folder of the default store, for its owner alone; for any other store nothing is made.

    Raises:
        OutputError: it can not be made.
    """
    folder = _data_folder() / "emopoi"
    if Path(store) != folder / "feedback.sqlite":
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder can not be made: {error.strerror or error}") from error


def _data_folder() -> Path:
    # A relative path is to be ignored, says the specification.
    chosen = Path(os.environ.get("XDG_DATA_HOME") or "")
    if chosen.is_absolute():
        return chosen
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
    return Path(local) if local else Path.home() / ".local" / "share"
