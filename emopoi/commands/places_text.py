"""Suggested places as text for a terminal; every place listing ends with its source and licence."""

from __future__ import annotations

import textwrap

from recommender import Recommendation, Suggestion
from recommender.explanation import kind_words


def places_text(answer: Recommendation, *, width: int = 100) -> str:
    """An answer as numbered places with their reasons, notes and attribution.

    Args:
        answer: places, notes and attribution.
        width: columns to wrap at, >= 40.

    Returns:
        Lines ending in a line feed.
    """
    lines: list[str] = []
    for number, suggestion in enumerate(answer.places, start=1):
        lines.append(f"{number:2d}. {_title(suggestion)}")
        lines.extend(_wrapped("; ".join(suggestion.reasons), width))
        lines.append(f"    {suggestion.place.id}  score {suggestion.score:.2f}")
    if answer.places:
        lines.append("")
    for note in answer.notes:
        lines.extend(textwrap.wrap(f"- {note}", width, subsequent_indent="  "))
    lines.append(answer.attribution)
    return "\n".join(lines) + "\n"


def _title(suggestion: Suggestion) -> str:
    place = suggestion.place
    name = place.name if place.name_en is None else f"{place.name} ({place.name_en})"
    return f"{name} - {kind_words(place)}"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="    ")
