"""File names as they may be printed."""

from __future__ import annotations

from pathlib import Path


def shown_name(name: str | Path) -> str:
    """A name in which line breaks, terminal escapes and broken bytes are written out as in `repr`.

    A file name may hold anything; printed raw it could clear the screen or fake a line.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in str(name)
    )
