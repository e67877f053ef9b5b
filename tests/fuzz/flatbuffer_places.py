"""Where in a TFLite file its tables lie, and where only weights do."""

from __future__ import annotations

import struct

_BUFFERS = 4
_FEWEST_BYTES = 64
"""Shorter buffers hold shapes and axes, which a runtime trusts as it trusts tables."""


def places_of_structure(content: bytes) -> list[int]:
    """Offsets of all that is no weight: tables, lists, names, shapes.

    Args:
        content: of a whole TFLite file (a FlatBuffer: https://flatbuffers.dev/internals/).
    """
    weights = bytearray(len(content))
    model = _number(content, "<I", 0)
    fields = model - _number(content, "<i", model)
    buffers = model + _number(content, "<H", fields + 4 + 2 * _BUFFERS)
    start = buffers + _number(content, "<I", buffers)
    for number in range(_number(content, "<I", start)):
        at = start + 4 + 4 * number
        table = at + _number(content, "<I", at)
        own = table - _number(content, "<i", table)
        if _number(content, "<H", own) <= 4 or not (offset := _number(content, "<H", own + 4)):
            continue
        data = table + offset + _number(content, "<I", table + offset)
        length = _number(content, "<I", data)
        if length >= _FEWEST_BYTES:
            weights[data + 4 : data + 4 + length] = b"\1" * length
    return [place for place, weight in enumerate(weights) if not weight]


def _number(content: bytes, layout: str, at: int) -> int:
    return int(struct.unpack_from(layout, content, at)[0])
