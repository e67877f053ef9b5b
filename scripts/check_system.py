"""Checks for the system libraries that the pinned wheels do not carry.

python scripts/check_system.py

Standard library alone, so that it runs before anything is installed. Names every missing library
with the Debian or Ubuntu package that has it. Exit 2 where one is missing that the main job needs.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import NamedTuple


class Library(NamedTuple):
    """A shared library and where it comes from."""

    file: str
    package: str
    needed_by: str
    optional: bool = False


LIBRARIES = (
    Library("libGL.so.1", "libgl1", "opencv-python"),
    Library("libglib-2.0.so.0", "libglib2.0-0", "opencv-python"),
    Library("libgthread-2.0.so.0", "libglib2.0-0", "opencv-python"),
    Library("libEGL.so.1", "libegl1", "rendering without a display (pyrender)", optional=True),
)


def loads(file: str) -> bool:
    """True where the dynamic linker finds and loads the library."""
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def missing(found: Callable[[str], bool] = loads) -> tuple[Library, ...]:
    """The libraries that are not there.

    Args:
        found: tells by file name whether a library loads.
    """
    return tuple(library for library in LIBRARIES if not found(library.file))


def main() -> int:
    """Print what is missing on stderr; 2 where the main job can not run without it."""
    if not sys.platform.startswith("linux"):
        return 0  # the wheels for other systems carry what they need
    absent = missing()
    for library in absent:
        word = "note: optional" if library.optional else "error:"
        print(
            f"{word} system library {library.file} is missing; {library.needed_by} needs it", file=sys.stderr
        )
    needed = [library.package for library in absent if not library.optional]
    packages = sorted(set(needed or (library.package for library in absent)))
    if packages:
        print(f"install: sudo apt-get install {' '.join(packages)}", file=sys.stderr)
    return 2 if needed else 0


if __name__ == "__main__":
    raise SystemExit(main())
