"""Checks that a `.tflite` file is whole before a runtime touches it, and names its operators.

tflite-runtime does not check what it is given and ends the whole process on a file that was cut
short. The check follows the offsets of TensorFlow Lite's published schema (a FlatBuffer:
tables, vectors and strings that point forward) to every buffer, tensor and operator.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from emopoi.errors import ModelFileError

_MARK = b"TFL3"
# Places of the fields in the tables of the schema.
_OPERATOR_CODES, _SUBGRAPHS, _BUFFERS = 1, 2, 4
_TENSORS, _OPERATORS = 0, 3
_SUBGRAPH_LISTS = (1, 2)
_TENSOR_LISTS = ((0, 4), (3, 1))  # shape, name: place and bytes an element
_OPERATOR_LISTS = (1, 2)
_OPERATOR_OPTIONS = 4
_OLD_BUILTIN, _CUSTOM, _VERSION, _BUILTIN = 0, 1, 2, 3
CUSTOM_OPERATOR = 32
"""`BuiltinOperator.CUSTOM` of the schema: the operator is known by its text alone."""


@dataclass(frozen=True, slots=True)
class OperatorCode:
    """One operator that a file asks a runtime for.

    Attributes:
        builtin: number in the schema's list of operators (3 CONV_2D, 9 FULLY_CONNECTED, ...).
        version: 1, 2, ...; a runtime knows each operator up to some version.
        custom: name of an operator from outside the list, "" for all others. TensorFlow's own
            operations are called "Flex...", and the small runtimes do not have them.
    """

    builtin: int
    version: int
    custom: str = ""


def check_tflite_file(content: bytes) -> None:
    """Refuse what is no TFLite model, or only a part of one.

    Args:
        content: bytes of the file.

    Raises:
        ModelFileError: the message says what is wrong.
    """
    if len(content) < 8 or content[4:8] != _MARK:
        raise ModelFileError(f"not a TFLite model: {len(content)} bytes without the mark TFL3")
    try:
        _walk(_Reader(content))
    except (struct.error, _OutsideError) as error:
        raise ModelFileError(
            f"the TFLite model is damaged or cut short: something lies beyond its {len(content)} bytes"
        ) from error


def operator_codes(content: bytes) -> tuple[OperatorCode, ...]:
    """The operators that a file uses, in the file's order.

    Args:
        content: bytes of the file.

    Raises:
        ModelFileError: as `check_tflite_file`.
    """
    check_tflite_file(content)
    reader = _Reader(content)
    try:
        return tuple(
            _operator_code(reader, table) for table in reader.tables(reader.pointed(0), _OPERATOR_CODES)
        )
    except (struct.error, _OutsideError) as error:
        raise ModelFileError("the TFLite model is damaged: an operator's code lies outside of it") from error


def _operator_code(reader: _Reader, table: int) -> OperatorCode:
    def number(place: int, layout: str, default: int) -> int:
        field = reader.field(table, place)
        return default if field is None else reader.number(layout, field)

    # Operators below 127 may stand in the one-byte field of older files, in the other, or in both.
    builtin = max(number(_OLD_BUILTIN, "<b", 0), number(_BUILTIN, "<i", 0))
    return OperatorCode(builtin, number(_VERSION, "<i", 1), reader.text(table, _CUSTOM))


class _OutsideError(Exception):
    """An offset points outside of the file."""


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def number(self, layout: str, at: int) -> int:
        if at < 0:
            raise _OutsideError
        return int(struct.unpack_from(layout, self._content, at)[0])

    def pointed(self, at: int) -> int:
        return at + self.number("<I", at)

    def field(self, table: int, place: int) -> int | None:
        """Where a field of a table lies, None where the table leaves it out."""
        fields = table - self.number("<i", table)
        if 4 + 2 * place >= self.number("<H", fields):
            return None
        offset = self.number("<H", fields + 4 + 2 * place)
        return table + offset if offset else None

    def check_list(self, table: int, place: int, element_bytes: int) -> None:
        field = self.field(table, place)
        if field is None:
            return
        start = self.pointed(field)
        if start + 4 + self.number("<I", start) * element_bytes > len(self._content):
            raise _OutsideError

    def text(self, table: int, place: int) -> str:
        """A string field, "" where the table leaves it out."""
        self.check_list(table, place, 1)
        field = self.field(table, place)
        if field is None:
            return ""
        start = self.pointed(field)
        length = self.number("<I", start)
        return self._content[start + 4 : start + 4 + length].decode("utf-8", "replace")

    def tables(self, table: int, place: int) -> Iterator[int]:
        self.check_list(table, place, 4)
        field = self.field(table, place)
        if field is None:
            return
        start = self.pointed(field)
        for position in range(self.number("<I", start)):
            yield self.pointed(start + 4 + 4 * position)


def _walk(reader: _Reader) -> None:
    model = reader.pointed(0)
    for code in reader.tables(model, _OPERATOR_CODES):
        reader.check_list(code, 1, 1)
    for buffer in reader.tables(model, _BUFFERS):
        reader.check_list(buffer, 0, 1)
    for graph in reader.tables(model, _SUBGRAPHS):
        for place in _SUBGRAPH_LISTS:
            reader.check_list(graph, place, 4)
        for tensor in reader.tables(graph, _TENSORS):
            for place, element_bytes in _TENSOR_LISTS:
                reader.check_list(tensor, place, element_bytes)
        for operator in reader.tables(graph, _OPERATORS):
            for place in _OPERATOR_LISTS:
                reader.check_list(operator, place, 4)
            options = reader.field(operator, _OPERATOR_OPTIONS)
            if options is not None:
                reader.field(reader.pointed(options), 0)
