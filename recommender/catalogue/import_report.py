"""What an import did: how many places came in, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

EXAMPLES = 3
"""So many examples are kept of every reason."""

_EXAMPLE_LENGTH = 80

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_name": "no name",
        "no_position": "no position",
        "out_of_range": "position out of range",
        "swapped": "latitude and longitude look swapped",
        "no_type": "no known type",
        "no_place": "not a place (no tag that makes it one: a street, a district, a part of something)",
        "duplicate": "id that was there before in the same import",
        "closed": "closed, for good or for now, or not in use",
        "flagged": "marked in its source as private, inappropriate or there twice",
        "unreadable": "unreadable (wrong type of value, damaged)",
    }
)
"""Reasons for which an entry is left out, and what they are called."""

NOTES: Mapping[str, str] = MappingProxyType(
    {
        "text_cut": "a text was longer than it may be and was cut",
        "hours_too_long": "opening hours were too long to be any and are left out",
        "value_ignored": "a price, age limit, visit count or prominence made no sense and is left out",
    }
)
"""What happened to entries that came in all the same."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """One entry that was left out.

    Attributes:
        reason: key of `REASONS`.
        example: what it was, for people: an id or the start of a name.
        closed_id: id of a place that has closed, so that an older record of it goes too.
    """

    reason: str
    example: str = ""
    closed_id: str | None = None


@dataclass
class ImportReport:
    """Counts of one import. Entries read = imported + all that is skipped.

    Attributes:
        read: entries that the files have.
        imported: places that came in.
        added: of these, ids that the catalogue did not have.
        replaced: of these, ids that it had.
        removed: older records that went because their place has closed.
        total: places in the catalogue now.
        skipped: reason (key of `REASONS`) -> how many.
        examples: reason -> a few of them.
        notes: key of `NOTES` -> how many.
        hours: places with opening hours: known, of these unreadable, distinct texts, examples.
        seconds: how long it took.
    """

    read: int = 0
    imported: int = 0
    added: int = 0
    replaced: int = 0
    removed: int = 0
    total: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    hours: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def skip(self, skipped: Skipped) -> None:
        """Count one entry that is left out."""
        self.skip_many(skipped.reason, 1, [skipped.example])

    def skip_many(self, reason: str, count: int, examples: list[str]) -> None:
        """Count several entries that are left out for the same reason."""
        if not count:
            return
        self.skipped[reason] += count
        kept = self.examples.setdefault(reason, [])
        for example in examples[: EXAMPLES - len(kept)]:
            if example:
                kept.append(example if len(example) <= _EXAMPLE_LENGTH else example[:_EXAMPLE_LENGTH] + "…")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "read": self.read,
            "imported": self.imported,
            "added": self.added,
            "replaced": self.replaced,
            "removed": self.removed,
            "total": self.total,
            "skipped": {
                reason: {"count": count, "what": REASONS[reason], "examples": self.examples.get(reason, [])}
                for reason, count in self.skipped.most_common()
            },
            "notes": {
                note: {"count": count, "what": NOTES[note]} for note, count in self.notes.items() if count
            },
            "opening_hours": self.hours,
            "seconds": round(self.seconds, 2),
        }
