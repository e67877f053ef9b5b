"""Where a collection's files lie: in the folder that was named, or in one that its archive makes in it."""

from __future__ import annotations

from pathlib import Path

from emopoi.errors import InputError


def folder_with(root: Path, wanted: str, inside: tuple[str, ...], layout: str) -> Path:
    """The folder that holds a file or folder.

    Args:
        root: as the user named it.
        wanted: what must be in it, a path.
        inside: folders of `root` in which it may be instead.
        layout: what is expected, for the message.

    Raises:
        InputError: it is in none of them.
    """
    for folder in (root, *(root / name for name in inside)):
        if (folder / wanted).exists():
            return folder
    raise InputError(f"{root}: {layout} were expected, there is no {wanted}")


def relative(path: Path, root: Path) -> str:
    """A file's name in lists: its path in the collection, with forward slashes.

    Bytes that are no UTF-8 come as escapes, since tables hold texts.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return name.encode("utf-8", "backslashreplace").decode()
