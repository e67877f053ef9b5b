"""Reads a FlatBuffer by its offsets, none of which is believed (https://flatbuffers.dev/internals/)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from emopoi.errors import EmopoiError


class DamagedBufferError(EmopoiError):
    """An offset points outside of the file, or a table is none; told on as a `ModelFileError`."""


class FlatbufferReader:
    """Tables, lists, numbers and texts of one buffer; every method raises `DamagedBufferError`.

    Args:
        content: the buffer.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def number(self, layout: str, at: int) -> int:
        """A whole number of `struct`'s layout."""
        if at < 0:
            raise DamagedBufferError("an offset below zero")
        try:
            return int(struct.unpack_from(layout, self._content, at)[0])
        except struct.error as error:
            raise DamagedBufferError("a number beyond the end") from error

    def pointed(self, at: int) -> int:
        """Where the offset at a place points, forward."""
        step = self.number("<I", at)
        if step == 0:
            raise DamagedBufferError("an offset to itself")
        return at + step

    def field(self, table: int, place: int) -> int | None:
        """Where a field of a table lies, None where the table leaves it out."""
        fields = table - self.number("<i", table)
        length = self.number("<H", fields)
        size = self.number("<H", fields + 2)
        if length < 4 or length % 2 or size < 4 or fields + length > len(self._content):
            raise DamagedBufferError("a table without a list of fields")
        if table + size > len(self._content):
            raise DamagedBufferError("a table beyond the end")
        if 4 + 2 * place >= length:
            return None
        offset = self.number("<H", fields + 4 + 2 * place)
        if offset and not 4 <= offset < size:
            raise DamagedBufferError("a field outside of its table")
        return table + offset if offset else None

    def value(self, table: int, place: int, layout: str, default: int) -> int:
        """A number of a table, or what stands for it where it is left out."""
        field = self.field(table, place)
        return default if field is None else self.number(layout, field)

    def list_at(self, table: int, place: int, element_bytes: int) -> tuple[int, int] | None:
        """Where a list's first element lies and how many there are; None where it is left out."""
        field = self.field(table, place)
        if field is None:
            return None
        start = self.pointed(field)
        count = self.number("<I", start)
        if start + 4 + count * element_bytes > len(self._content):
            raise DamagedBufferError("a list beyond the end")
        return start + 4, count

    def numbers(self, table: int, place: int, layout: str) -> tuple[int, ...]:
        """A list of whole numbers, empty where it is left out."""
        found = self.list_at(table, place, struct.calcsize(layout))
        if found is None:
            return ()
        start, count = found
        return struct.unpack_from(f"<{count}{layout[-1]}", self._content, start)

    def floats(self, table: int, place: int) -> tuple[float, ...]:
        """A list of 32-bit fractions, empty where it is left out."""
        found = self.list_at(table, place, 4)
        if found is None:
            return ()
        start, count = found
        return struct.unpack_from(f"<{count}f", self._content, start)

    def length(self, table: int, place: int, element_bytes: int) -> int:
        """Of a list, 0 where it is left out."""
        found = self.list_at(table, place, element_bytes)
        return 0 if found is None else found[1]

    def text(self, table: int, place: int) -> str | None:
        """A text, None where it is left out: UTF-8 with a zero behind it, as C code reads on to that."""
        found = self.list_at(table, place, 1)
        if found is None:
            return None
        start, count = found
        if self._content[start + count : start + count + 1] != b"\0":
            raise DamagedBufferError("a text without an end")
        try:
            return self._content[start : start + count].decode()
        except UnicodeDecodeError as error:
            raise DamagedBufferError("a text that is no UTF-8") from error

    def tables(self, table: int, place: int) -> Iterator[int]:
        """Where the tables of a list lie."""
        found = self.list_at(table, place, 4)
        if found is None:
            return
        start, count = found
        for position in range(count):
            yield self.pointed(start + 4 * position)
