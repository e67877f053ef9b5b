"""Where results go: a folder that can be written, files that are whole or absent."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from emopoi.errors import OutputError


def reason(error: OSError) -> str:
    """What the system said, without number and path: `No space left on device`."""
    return error.strerror or str(error) or type(error).__name__


def prepare_output_folder(path: str | os.PathLike[str]) -> Path:
    """Make the folder for results, its parents too, and see that files can be put there.

    Args:
        path: the folder; may exist.

    Returns:
        The folder.

    Raises:
        OutputError: a file is in its place, or it can not be made or written.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Asking for permissions is not enough: a full or read-only disk shows only on writing.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
    except FileExistsError as error:
        raise OutputError(f"{folder}: a folder was expected, but a file is there") from error
    except NotADirectoryError as error:
        raise OutputError(f"{folder}: a file is where a folder above it should be") from error
    except OSError as error:
        raise OutputError(f"{folder}: the folder for results can not be written ({reason(error)})") from error
    except ValueError as error:  # a null byte in the name
        raise OutputError(f"{str(folder)!r}: not a name for a folder ({error})") from error
    return folder


def write_bytes_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file under a temporary name beside it, then rename: whole or not at all.

    Raises:
        OutputError: it can not be written; an older file of the name is left as it was.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise OutputError(f"{target}: can not be written ({reason(error)})") from error


def write_text_atomically(path: str | os.PathLike[str], text: str) -> None:
    """As `write_bytes_atomically`, UTF-8.

    File names that are no Unicode (they reach Python as lone surrogates) are written as
    backslash escapes, which JSON reads back unchanged.

    Raises:
        OutputError: it can not be written.
    """
    write_bytes_atomically(path, text.encode("utf-8", errors="backslashreplace"))
