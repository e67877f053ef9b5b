"""Ways in which files break, for hypothesis: byte by byte, and inside of what JSON and rows say."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

MOST_STEPS = 8
_HEAD_BYTES = 512
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Counts and offsets that readers are apt to trip over."""

_IN_PLACE = ("byte", "number", "number_big", "zeros")
_MOVING = ("text", "cut", "drop", "insert", "repeat")

Step = tuple[str, int, int, bytes]
"""What is done, where, over how many bytes, and with what."""


def damaged_bytes(content: bytes, places: Sequence[int] = ()) -> st.SearchStrategy[bytes]:
    """The file with one to eight things done to it.

    Args:
        content: of a whole file.
        places: offsets that matter to its readers; headers and ends are tried more often than the middle
            anyway.
    """
    size = len(content)
    anywhere = st.one_of(
        st.integers(0, size),
        st.integers(0, min(size, _HEAD_BYTES)),
        st.integers(max(0, size - _HEAD_BYTES), size),
    )
    length = st.integers(1, 16) | st.integers(1, max(1, size))
    what = st.binary(min_size=1, max_size=8) | st.sampled_from(_NUMBERS).map(_four_bytes)
    steps = st.tuples(st.sampled_from(_IN_PLACE + _MOVING), anywhere, length, what)
    ways = [st.lists(steps, min_size=1, max_size=MOST_STEPS)]
    if places:
        # Where offsets lead through a file, one that is moved is refused at once.
        steps = st.tuples(st.sampled_from(_IN_PLACE), st.sampled_from(places), st.integers(1, 8), what)
        ways.append(st.lists(steps, min_size=1, max_size=3))
    return st.one_of(ways).map(lambda done: _apply(content, done))


def _four_bytes(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _apply(content: bytes, steps: list[Step]) -> bytes:
    data = bytearray(content)
    for kind, at, length, what in steps:
        at = min(at, len(data))
        if kind == "byte":
            data[at : at + 1] = what[:1]
        elif kind == "number":
            data[at : at + 4] = what[:4].ljust(4, b"\0")
        elif kind == "number_big":
            data[at : at + 4] = what[:4].ljust(4, b"\0")[::-1]
        elif kind == "text":
            data[at : at + len(what)] = what
        elif kind == "cut":
            del data[at:]
        elif kind == "drop":
            del data[at : at + length]
        elif kind == "insert":
            data[at:at] = what
        elif kind == "repeat":
            # A quarter of a megabyte is enough to trip over.
            data[at:at] = data[at : at + min(length, 1 << 18)]
        else:
            data[at : at + length] = bytes(min(length, len(data) - at))
    return bytes(data)


def any_json() -> st.SearchStrategy[Any]:
    """Any value that JSON can hold, whole numbers beyond 64 bits and odd texts too."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(2**70), 2**70)
        | st.floats()
        | st.text(max_size=20)
        | st.sampled_from(("", "nan", "\0", "../x", "1e999", "ä", 0, -1, 10**400, 1e308, [], {}))
    )
    nested = st.lists(leaves, max_size=4) | st.dictionaries(st.text(max_size=8), leaves, max_size=4)
    deep = st.integers(1, 3000).map(_nested)
    return st.one_of(leaves, leaves, nested, st.lists(nested, max_size=3), deep)


def _nested(depth: int) -> Any:
    """A list in a list in a list: readers that call themselves have an end."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def json_bytes(value: Any) -> bytes:
    """As JSON; nested deeper than Python writes it, as lists alone."""
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return b"[" * 5000 + b"]" * 5000


@st.composite
def damaged_json(draw: st.DrawFn, value: Any) -> bytes:
    """JSON of the same kind in which some values are others, missing, or twice there."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        changed = _with_change(draw, changed)
    return json_bytes(changed)


def _with_change(draw: st.DrawFn, value: Any) -> Any:
    """Walk down by chance and change what stands there."""
    inside = isinstance(value, dict | list) and value
    if not inside or not draw(st.integers(0, 9)):
        return draw(any_json())
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw(st.sampled_from(keys))
    what = draw(st.sampled_from(("down", "down", "down", "replace", "remove", "add")))
    if what == "down":
        value[key] = _with_change(draw, value[key])
    elif what == "replace":
        value[key] = draw(any_json())
    elif what == "remove":
        del value[key]
    elif isinstance(value, dict):
        value[draw(st.text(max_size=8))] = draw(any_json())
    else:
        value.append(draw(st.sampled_from(value) | any_json()))
    return value


@st.composite
def damaged_rows(draw: st.DrawFn, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a table with cells and whole columns that are something else."""
    changed = [dict(row) for row in rows]
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(rows[0])))
        if draw(st.booleans()):
            kind = draw(st.sampled_from((st.integers(-(2**40), 2**40), st.text(), st.binary(), st.floats())))
            for row in changed:
                row[name] = draw(st.none() | kind)
        else:
            row = draw(st.sampled_from(changed))
            row[name] = draw(_like(row[name]))
    return changed


def _like(value: Any) -> st.SearchStrategy[Any]:
    """Odd values of the same type: a column of Parquet holds one type alone."""
    if isinstance(value, bytes):
        return st.none() | damaged_bytes(value)
    if isinstance(value, str):
        return st.none() | st.text() | st.sampled_from(("", "\0", "\ud7ff", "x" * 100_000))
    if isinstance(value, float):
        return st.none() | st.floats()
    return st.none()
