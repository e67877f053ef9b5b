"""One thing that a person said about one place, at one moment."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

from emopoi.errors import InputError

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "like": "liked it",
        "dislike": "did not like it",
        "hide": "does not want to see it any more",
        "unhide": "may see it again",
        "been_there": "went there",
        "forget": "takes back all that was said about it",
    }
)
"""What can be said about a place."""

LONGEST_PERSON = 200
LONGEST_PLACE = 1000
"""Characters."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Event:
    """Something said about a place.

    Attributes:
        person: a name that the person chose, 1 to 200 characters; see `person_key`.
        place: id in the catalogue, 1 to 1,000 characters.
        type: type of the place when it was said, key of `recommender.taxonomy.TYPES`.
        group: its group.
        kind: key of `KINDS`.
        time: when, with a time zone; kept as UTC.
    """

    person: str
    place: str
    type: str
    group: str
    kind: str
    time: datetime

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            InputError: a text is empty, too long or holds control characters, the kind is unknown, or the
                time has no time zone.
        """
        object.__setattr__(self, "person", person_key(self.person))
        for name in ("place", "type", "group"):
            _check_text(name, getattr(self, name), LONGEST_PLACE)
        if self.kind not in KINDS:
            raise InputError(f"kind: one of {', '.join(KINDS)} was expected, got {self.kind!r}")
        if not isinstance(self.time, datetime) or self.time.utcoffset() is None:
            raise InputError(f"time: a moment with a time zone was expected, got {self.time!r}")
        try:
            object.__setattr__(self, "time", self.time.astimezone(timezone.utc))
        except (OverflowError, ValueError) as error:
            raise InputError(f"time: {self.time} lies outside of what a calendar holds") from error

    def to_dict(self) -> dict[str, Any]:
        """JSON object; the time in ISO 8601, UTC."""
        return {
            "person": self.person,
            "place": self.place,
            "type": self.type,
            "group": self.group,
            "kind": self.kind,
            "time": self.time.isoformat(),
        }


def person_key(name: str) -> str:
    """The key under which a person's feedback is kept: the name in one Unicode form (NFC), no outer spaces.

    Raises:
        InputError: not a text, empty, longer than 200 characters, or with control characters.
    """
    if not isinstance(name, str):
        raise InputError(f"person: a name was expected, got {name!r}")
    key = unicodedata.normalize("NFC", name.strip())
    _check_text("person", key, LONGEST_PERSON)
    return key


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact; `moment` has a time zone."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds_utc: int) -> datetime:
    """The inverse of `microseconds`, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds_utc)


def _check_text(name: str, text: object, longest: int) -> None:
    if not isinstance(text, str) or not 0 < len(text) <= longest:
        raise InputError(f"{name}: a text of 1 to {longest} characters was expected, got {str(text)[:40]!r}")
    # Databases differ in what they make of NUL and of lone surrogates.
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InputError(f"{name}: a text without control characters was expected, got {text[:40]!r}")
