"""Names as they are searched: without case and accents."""

from __future__ import annotations

import unicodedata


def plain_text(text: str) -> str:
    """A text in lower case, accents taken off, spaces single ("Café  Ängel" -> "cafe angel")."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def match_rank(name: str, sought: str) -> int:
    """How well a plain name matches: 0 equal, 1 begins so, 2 a word begins so, 3 somewhere inside."""
    if name == sought:
        return 0
    if name.startswith(sought):
        return 1
    return 2 if f" {sought}" in name else 3
