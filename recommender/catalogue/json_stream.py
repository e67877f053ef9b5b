"""One long list inside a JSON file, piece by piece: memory does not grow with the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from emopoi.errors import InputError

CHUNK_CHARACTERS = 1 << 20
_LONGEST_REST = 3
"""What of a number can be read too little of it: "0." and "1e-" are read as 0 and 1."""


class JsonListFile:
    """The entries of a list under a key of the object that a JSON file is.

    Attributes:
        head: the object's other members that came before or after the list, as far as read.
    """

    def __init__(self, path: Path, key: str, *, chunk_characters: int = CHUNK_CHARACTERS) -> None:
        """Prepare to read.

        Args:
            path: JSON file, UTF-8.
            key: name of the list ("elements", "features").
            chunk_characters: how much is read at once, >= 1.
        """
        self.head: dict[str, Any] = {}
        self._path = path
        self._key = key
        self._chunk = chunk_characters
        self._decode = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def chunks(self) -> Iterator[list[Any]]:
        """Entries in lists of about a chunk of text each.

        Raises:
            InputError: the file can not be read, is no such JSON or ends early.
        """
        try:
            with self._path.open(encoding="utf-8-sig") as file:
                yield from self._chunks(file)
        except OSError as error:
            raise InputError(f"{self._path}: can not be read: {error.strerror or error}") from error
        except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as error:
            raise InputError(f"{self._path}: JSON was expected: {error}") from error

    def _chunks(self, file: TextIO) -> Iterator[list[Any]]:
        self._take(file, "{")
        found = False
        if self._peek(file) == "}":
            self._at += 1
        else:
            while True:
                key = self._value(file)
                self._take(file, ":")
                if key == self._key and self._peek(file) == "[":
                    found = True
                    yield from self._entries(file)
                else:
                    self.head[str(key)] = self._value(file)
                if self._take(file, ",}") == "}":
                    break
        if not found:
            raise InputError(f"{self._path}: a JSON object with a list {self._key!r} was expected")

    def _entries(self, file: TextIO) -> Iterator[list[Any]]:
        self._take(file, "[")
        if self._peek(file) == "]":
            self._at += 1
            return
        entries: list[Any] = []
        read = 0
        while True:
            before = self._at
            entries.append(self._value(file))
            read += max(self._at - before, 1)
            if read >= self._chunk:
                yield entries
                entries, read = [], 0
            if self._take(file, ",]") == "]":
                break
        yield entries

    def _more(self, file: TextIO, least: int = 0) -> bool:
        """Read on; what is behind is let go. False at the end of the file."""
        piece = "" if self._ended else file.read(max(self._chunk, least))
        self._ended = not piece
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _peek(self, file: TextIO) -> str:
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(file):
                raise InputError(f"{self._path}: the JSON ends before it is complete")

    def _take(self, file: TextIO, wanted: str) -> str:
        found = self._peek(file)
        if found not in wanted:
            raise InputError(
                f"{self._path}: JSON was expected: {' or '.join(wanted)} is missing, got {found!r}"
            )
        self._at += 1
        return found

    def _value(self, file: TextIO) -> Any:
        self._peek(file)
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError:
                # Perhaps only cut off by the end of the chunk; twice as much, so that long ones cost little.
                if not self._more(file, len(self._text) - self._at):
                    raise
                continue
            if not isinstance(value, dict | list | str) and self._may_go_on(end):
                self._more(file)
                continue
            self._at = end
            return value

    def _may_go_on(self, end: int) -> bool:
        """Whether a number that seems to end here may go on in the next chunk."""
        rest = len(self._text) - end
        return not self._ended and rest < _LONGEST_REST and (not rest or self._text[end] not in " \t\r\n,]}")
