"""Names from anywhere, made fit to be shown.

Anybody may write a name into a public map. It is shown as it stands, save what could break a page or
turn the reading order of what stands beside it.
"""

from __future__ import annotations

import unicodedata
from html import escape

_TURNS_READING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINS = "\u200d\ufe0e\ufe0f"

_MOST_STACKED = 4
"""Marks on one letter; more of them would climb over the lines above."""


def shown(text: str, longest: int) -> str:
    """A text without control characters, on one line, of at most `longest` signs, "…" at the cut."""
    kept: list[str] = []
    stacked = 0
    for sign in text[: 4 * longest]:
        category = unicodedata.category(sign)
        stacked = stacked + 1 if category in ("Mn", "Me") else 0
        if stacked > _MOST_STACKED:
            continue
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":  # half of a pair can not be written as UTF-8
            kept.append("\ufffd")
        elif sign not in _TURNS_READING:
            kept.append(sign)
    line = " ".join("".join(kept).split())
    if len(line) <= longest and len(text) <= 4 * longest:
        return line
    return _whole_signs(line[: longest - 1]) + "…"


def html(text: str, longest: int) -> str:
    """`shown`, escaped for HTML, in elements and in quoted attributes."""
    return escape(shown(text, longest), quote=True)


def columns(text: str) -> float:
    """How wide a text is drawn, in widths of a usual Latin letter."""
    return sum(_width(sign) for sign in text)


def fit_columns(text: str, most: float) -> str:
    """The beginning of a text that is at most `most` columns wide, "…" at the cut."""
    if columns(text) <= most:
        return text
    used = 1.0
    for index, sign in enumerate(text):
        used += _width(sign)
        if used > most:
            return _whole_signs(text[:index]) + "…"
    return text


def _width(sign: str) -> float:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(sign) in ("W", "F"):
        return 2.0
    return 1.25 if sign.isupper() or sign in "mw@" else 1.0


def _whole_signs(text: str) -> str:
    """Without a joiner at the end that has lost what it joins."""
    return text.rstrip().rstrip(_JOINS).rstrip()
