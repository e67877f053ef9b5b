"""What the person said about places: likes and dislikes, kept in a small file.

A word of the person overrules what an expression suggests: its term is larger than the emotion
term can be, and where there is one the emotion term of that place is dropped.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from emopoi.errors import InputError, OutputError
from recommender.place import GROUPS, Place

SCHEMA = 1


class Feedback(Protocol):
    """Opinions that ranking takes into account."""

    def of_place(self, place: Place) -> int:
        """1 liked, -1 disliked, 0 nothing said about this place."""

    def of_group(self, group: str) -> int:
        """1 liked, -1 disliked, 0 nothing said about this group (key of `GROUPS`)."""


class FeedbackFile:
    """Likes and dislikes in a JSON file, one person per file.

    The file is {"schema": 1, "places": {id: 1 or -1}, "groups": {group: 1 or -1}}. Every change
    is written to a temporary name and renamed, so a crash leaves the old file whole.
    """

    def __init__(self, path: Path | str) -> None:
        """Open a file, or start with no opinions where there is none yet.

        Raises:
            InputError: the file exists and is not of this kind.
        """
        self.path = Path(path)
        self._places: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.path}: the feedback file can not be read: {error}") from error
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.path}: a JSON feedback file was expected: {error}") from error
        if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
            raise InputError(f"{self.path}: a feedback file of schema {SCHEMA} was expected")
        self._places = self._opinions(data, "places")
        self._groups = self._opinions(data, "groups")

    def of_place(self, place: Place) -> int:
        """1 liked, -1 disliked, 0 nothing said about this place."""
        return self._places.get(place.id, 0)

    def of_group(self, group: str) -> int:
        """1 liked, -1 disliked, 0 nothing said about this group."""
        return self._groups.get(group, 0)

    def say(self, place_or_group: str, opinion: int) -> None:
        """Keep an opinion and write the file.

        Args:
            place_or_group: id of a place, or a key of `GROUPS`.
            opinion: 1 like, -1 dislike, 0 forget.

        Raises:
            InputError: another opinion.
            OutputError: the file can not be written; the opinion is not kept.
        """
        if opinion not in (-1, 0, 1):
            raise InputError(f"an opinion of -1, 0 or 1 was expected, got {opinion!r}")
        places, groups = dict(self._places), dict(self._groups)
        target = groups if place_or_group in GROUPS else places
        target.pop(place_or_group, None)
        if opinion:
            target[place_or_group] = opinion
        self._write({"schema": SCHEMA, "places": places, "groups": groups})
        self._places, self._groups = places, groups

    def _write(self, data: dict[str, Any]) -> None:
        partial = None
        try:
            handle, partial = tempfile.mkstemp(prefix=self.path.name, suffix=".partial", dir=self.path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(data, stream, ensure_ascii=False, indent=1, sort_keys=True)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(partial, self.path)
        except OSError as error:
            if partial is not None:
                Path(partial).unlink(missing_ok=True)
            reason = error.strerror or error
            raise OutputError(f"{self.path}: feedback can not be written: {reason}") from error

    def _opinions(self, data: Mapping[str, Any], name: str) -> dict[str, int]:
        opinions = data.get(name, {})
        if not isinstance(opinions, Mapping):
            raise InputError(f"{self.path}: {name}: an object was expected, got {opinions!r}")
        for key, opinion in opinions.items():
            if isinstance(opinion, bool) or opinion not in (-1, 1):
                raise InputError(f"{self.path}: {name}.{key}: 1 or -1 was expected, got {opinion!r}")
        return dict(opinions)
