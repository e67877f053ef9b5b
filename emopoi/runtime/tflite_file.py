"""Checks that a `.tflite` file is whole before a runtime touches it.

tflite-runtime does not check what it is given and ends the whole process on a file that was cut
short. The check follows the offsets of TensorFlow Lite's published schema (a FlatBuffer:
tables, vectors and strings that point forward) to every buffer, tensor and operator.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from emopoi.errors import ModelFileError

_MARK = b"TFL3"
# Places of the fields in the tables of the schema.
_OPERATOR_CODES, _SUBGRAPHS, _BUFFERS = 1, 2, 4
_TENSORS, _OPERATORS = 0, 3
_SUBGRAPH_LISTS = (1, 2)
_TENSOR_LISTS = ((0, 4), (3, 1))  # shape, name: place and bytes an element
_OPERATOR_LISTS = (1, 2)
_OPERATOR_OPTIONS = 4


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
