"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from emopoi.errors import OutputError


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write files under temporary names beside them, then rename them all.

    Args:
        contents: what goes where; the folders exist.

    Raises:
        OutputError: one can not be written; older files of the names are left as they were.
    """
    temporary = {path: path.with_name(f".{path.name}.{os.getpid()}.partial") for path in contents}
    path = Path()
    try:
        for path, content in contents.items():
            if path.is_dir():
                raise IsADirectoryError(None, "a folder has this name")
            temporary[path].write_bytes(content)
        for path in contents:
            temporary[path].replace(path)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{path}: can not be written ({reason})") from error
    finally:
        # Also on an interrupt: what was renamed is no longer there.
        for path in temporary.values():
            with contextlib.suppress(OSError, ValueError):
                path.unlink(missing_ok=True)
