"""The container of binary glTF: numbers in one chunk, what they mean as JSON in another.

Khronos, glTF 2.0 specification, section 4 ("GLB File Format Specification") and 3.6 ("Binary Data Storage").
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERTEX_DATA, TRIANGLE_DATA = 34962, 34963
"""What a renderer binds a view of the buffer to (ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER)."""

_MAGIC, _VERSION, _JSON, _BINARY = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5123, 5125
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
_PRIMITIVE_RESTART = 65535  # no index of 16 bits may have this value


class GltfBuffer:
    """Collects arrays; the functions return numbers of accessors and views for the document."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def view(self, content: bytes, target: int | None = None) -> int:
        """Bytes as they are, such as a picture.

        Args:
            content: the bytes.
            target: `VERTEX_DATA` or `TRIANGLE_DATA` where a renderer binds them.
        """
        self._content += bytes(-len(self._content) % 4)
        view = {"buffer": 0, "byteOffset": len(self._content), "byteLength": len(content)}
        if target is not None:
            view["target"] = target
        self._content += content
        self._views.append(view)
        return len(self._views) - 1

    def floats(
        self, values: NDArray[np.floating], target: int | None = None, *, bounds: bool = False, name: str = ""
    ) -> int:
        """An array, stored as float32.

        Args:
            values: float (N,) or (N, 2), (N, 3), (N, 4), N above 0.
            target: see `view`.
            bounds: tell the least and greatest values, as glTF asks for places and times.
            name: for people to read.
        """
        stored = np.ascontiguousarray(values, "<f4")
        accessor = self._described(stored, bounds, name)
        accessor["bufferView"] = self.view(stored.tobytes(), target)
        return self._add(accessor)

    def mostly_zero(self, values: NDArray[np.floating], *, bounds: bool = False, name: str = "") -> int:
        """Vertex data, stored as float32: only the rows that are not zero where this is smaller.

        Args:
            values: float (N, 3), N above 0.
            bounds: see `floats`.
            name: for people to read.
        """
        stored = np.ascontiguousarray(values, "<f4")
        rows = np.flatnonzero(stored.any(axis=1))
        kind, numbers = _unsigned(rows, len(stored))
        if numbers.nbytes + stored[rows].nbytes >= stored.nbytes:
            return self.floats(stored, VERTEX_DATA, bounds=bounds, name=name)
        accessor = self._described(stored, bounds, name)
        # Without a view and rows of its own an accessor is all zeros.
        if len(rows):
            accessor["sparse"] = {
                "count": len(rows),
                "indices": {"bufferView": self.view(numbers.tobytes()), "componentType": kind},
                "values": {"bufferView": self.view(stored[rows].tobytes())},
            }
        return self._add(accessor)

    def triangles(self, f: NDArray[np.integer], vertices_count: int) -> int:
        """Triangles as numbers of vertices.

        Args:
            f: int (F, 3), F above 0.
            vertices_count: of the attributes that they go with.
        """
        kind, numbers = _unsigned(f.ravel(), vertices_count)
        view = self.view(numbers.tobytes(), TRIANGLE_DATA)
        return self._add({"bufferView": view, "componentType": kind, "count": len(numbers), "type": "SCALAR"})

    def file(self, document: dict[str, Any]) -> bytes:
        """The whole file.

        Args:
            document: the JSON part without buffers, bufferViews and accessors.
        """
        binary = bytes(self._content) + bytes(-len(self._content) % 4)
        whole = {
            **document,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._content)}],
        }
        text = json.dumps(whole, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        return b"".join(
            [
                struct.pack("<III", _MAGIC, _VERSION, 12 + 8 + len(text) + 8 + len(binary)),
                struct.pack("<II", len(text), _JSON),
                text,
                struct.pack("<II", len(binary), _BINARY),
                binary,
            ]
        )

    def _described(self, stored: NDArray[np.float32], bounds: bool, name: str) -> dict[str, Any]:
        columns = stored.shape[1] if stored.ndim == 2 else 1
        accessor: dict[str, Any] = {"componentType": _FLOAT, "count": len(stored), "type": _TYPES[columns]}
        if bounds:
            rows = stored.reshape(-1, columns)
            # The exact float32: readers compare.
            accessor["min"], accessor["max"] = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
        if name:
            accessor["name"] = name
        return accessor

    def _add(self, accessor: dict[str, Any]) -> int:
        self._accessors.append(accessor)
        return len(self._accessors) - 1


def _unsigned(numbers: NDArray[np.integer], count: int) -> tuple[int, NDArray[np.integer]]:
    if count <= _PRIMITIVE_RESTART:
        return _UNSIGNED_SHORT, numbers.astype("<u2")
    return _UNSIGNED_INT, numbers.astype("<u4")
