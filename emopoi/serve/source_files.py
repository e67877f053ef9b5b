"""Files of the allowed folder, for who does not want to upload what is on this machine already."""

from __future__ import annotations

import os
from pathlib import Path

from emopoi.errors import InputError

SUFFIXES = frozenset(
    (
        ".mp4 .mov .mkv .avi .webm .m4v .mpg .mpeg .jpg .jpeg .png .webp .bmp .tif .tiff "
        ".wav .mp3 .m4a .ogg .opus .flac .aac"
    ).split()
)
"""Endings that are offered; what is in a file is found out by the job."""

_MOST_LISTED = 1000


class SourceFiles:
    """What may be named of one folder.

    Args:
        folder: None offers nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder.resolve()

    @property
    def offered(self) -> bool:
        """Whether a folder was named at all."""
        return self._folder is not None

    def names(self) -> list[str]:
        """Names within the folder, with forward slashes; links and hidden files are left out."""
        if self._folder is None:
            return []
        names: list[str] = []
        for where, folders, files in os.walk(self._folder, followlinks=False):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = Path(where) / name
                if name.startswith(".") or path.suffix.lower() not in SUFFIXES or path.is_symlink():
                    continue
                names.append(path.relative_to(self._folder).as_posix())
                if len(names) >= _MOST_LISTED:
                    return names
        return names

    def find(self, name: str) -> Path:
        """The file of a name.

        Raises:
            InputError: no folder is offered, the name leads out of it or through a link, or there is no such
                file. All of them in the same words: nothing is told of what lies outside.
        """
        refused = InputError("no such file in the folder that this server offers")
        if self._folder is None or not name or "\0" in name or "\\" in name:
            raise refused
        parts = name.split("/")
        if name.startswith("/") or any(part in ("", ".", "..") or part.startswith(".") for part in parts):
            raise refused
        path = self._folder.joinpath(*parts)
        try:
            # A link anywhere on the way leads somewhere else than its name says.
            inside = path.resolve(strict=True) == path
            if not inside or not path.is_file() or path.suffix.lower() not in SUFFIXES:
                raise refused
        except (OSError, RuntimeError, ValueError):
            raise refused from None
        return path
