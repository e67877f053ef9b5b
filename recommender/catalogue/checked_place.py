"""Checks that all readers of single entries share: a place, or the reason why there is none."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from typing import Any

from recommender.catalogue.import_report import Skipped
from recommender.catalogue.place_table import WHEELCHAIR_CODES
from recommender.place import Place

LONGEST_ID = 200
LONGEST_NAME = 200
LONGEST_HOURS = 2000
"""Longest texts, characters. OpenStreetMap's own limit for a value is 255."""


def position_fault(lat: Any, lon: Any) -> str | None:
    """Reason (key of `REASONS`) why two values are no position, or None where they are one.

    Zero and zero is what programs write that do not know; there is only sea.
    """
    if lat is None or lon is None:
        return "no_position"
    if isinstance(lat, bool) or isinstance(lon, bool):
        return "unreadable"
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        return "unreadable"
    if lat != lat or lon != lon or (lat == 0 and lon == 0):
        return "no_position"
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return None
    return "swapped" if -90 <= lon <= 90 and -180 <= lat <= 180 else "out_of_range"


def clean_text(text: str) -> str:
    """A text on one line: runs of spaces and control characters become one space."""
    if text.isprintable():
        return " ".join(text.split())
    kept = (" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter for letter in text)
    return " ".join("".join(kept).split())


def whole_number(value: Any, low: int, high: int) -> int | None:
    """A whole number within limits from a number or a text, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) and low <= number <= high and number == int(number) else None


def checked_place(
    place_id: str,
    *,
    name: Any,
    kind: str | None,
    lat: Any,
    lon: Any,
    notes: Counter[str],
    prominence: float = 0.0,
    name_en: Any = None,
    opening_hours: Any = None,
    wheelchair: Any = None,
    price: Any = None,
    min_age: Any = None,
) -> Place | Skipped:
    """A place from values as they came.

    Args:
        place_id: id with its source.
        name: name on the spot.
        kind: type of the taxonomy, or None where nothing fits.
        lat: latitude, degrees.
        lon: longitude, degrees.
        notes: counts of what had to be changed, keys of `NOTES`; counted on.
        prominence: 0..1.
        name_en: English name.
        opening_hours: OpenStreetMap's syntax; kept whether it parses or not.
        wheelchair: yes, limited, no or designated; anything else is unknown.
        price: 1..4.
        min_age: years.
    """
    if not isinstance(name, str | None) or len(place_id) > LONGEST_ID:
        return Skipped("unreadable", place_id)
    shown = clean_text(name or "")
    if not shown:
        return Skipped("no_name", place_id)
    if kind is None:
        return Skipped("no_type", f"{place_id} {shown}")
    fault = position_fault(lat, lon)
    if fault is not None:
        return Skipped(fault, f"{place_id} {shown}")
    english = clean_text(name_en) if isinstance(name_en, str) else ""
    hours = clean_text(opening_hours) if isinstance(opening_hours, str) else ""
    if len(shown) > LONGEST_NAME or len(english) > LONGEST_NAME:
        notes["text_cut"] += 1
    if len(hours) > LONGEST_HOURS:
        notes["hours_too_long"] += 1
        hours = ""
    shown = shown[:LONGEST_NAME].rstrip()
    english = english[:LONGEST_NAME].rstrip()
    cost = None if price in (None, "") else whole_number(price, 1, 4)
    age = None if min_age in (None, "") else whole_number(min_age, 1, 99)
    notes["value_ignored"] += (price not in (None, "") and cost is None) + (
        min_age not in (None, "", 0, "0") and age is None
    )
    return Place(
        id=place_id,
        name=shown,
        type=kind,
        lat=float(lat),
        lon=float(lon),
        prominence=prominence,
        name_en=english if english and english != shown else None,
        opening_hours=hours or None,
        wheelchair=wheelchair if isinstance(wheelchair, str) and wheelchair in WHEELCHAIR_CODES else None,
        price=cost,
        min_age=age,
    )
