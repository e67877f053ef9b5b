"""Reads binary glTF strictly: everything that the specification says of what we write is asserted."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_TYPES = {5126: np.dtype("<f4"), 5123: np.dtype("<u2"), 5125: np.dtype("<u4")}
_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class GlbContent:
    """One file.

    Attributes:
        document: the JSON.
        arrays: values of each accessor, sparse ones filled in.
        views: bytes of each view.
    """

    document: dict[str, Any]
    arrays: list[np.ndarray]
    views: list[bytes]


def read_glb(path: Path) -> GlbContent:
    """Read and check one file."""
    content = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content)) and length % 4 == 0
    chunks, offset = [], 12
    while offset < length:
        size, kind = struct.unpack_from("<I4s", content, offset)
        assert size % 4 == 0 and offset + 8 + size <= length
        chunks.append((kind, content[offset + 8 : offset + 8 + size]))
        offset += 8 + size
    assert [kind for kind, _ in chunks] == [b"JSON", b"BIN\0"] and offset == length
    document, binary = json.loads(chunks[0][1]), chunks[1][1]
    (buffer,) = document["buffers"]
    assert 0 <= len(binary) - buffer["byteLength"] < 4 and "uri" not in buffer

    views, end = [], 0
    for view in document["bufferViews"]:
        assert view["buffer"] == 0 and view["byteOffset"] % 4 == 0 and view["byteLength"] > 0
        assert view["byteOffset"] >= end, "views lie over each other"
        end = view["byteOffset"] + view["byteLength"]
        assert end <= buffer["byteLength"]
        views.append(binary[view["byteOffset"] : end])
    used: list[int] = []
    arrays = [_array(accessor, views, used) for accessor in document["accessors"]]
    used += [image["bufferView"] for image in document.get("images", [])]
    assert sorted(used) == list(range(len(views))), "each view has one use"
    _check_references(document, arrays)
    return GlbContent(document, arrays, views)


def _array(accessor: dict[str, Any], views: list[bytes], used: list[int]) -> np.ndarray:
    kind, columns, count = _TYPES[accessor["componentType"]], _COLUMNS[accessor["type"]], accessor["count"]
    assert count > 0
    if "bufferView" in accessor:
        used.append(accessor["bufferView"])
        assert len(views[used[-1]]) == count * columns * kind.itemsize
        values = np.frombuffer(views[used[-1]], kind).reshape(count, columns).copy()
    else:
        values = np.zeros((count, columns), kind)
    if "sparse" in accessor:
        sparse = accessor["sparse"]
        used += [sparse["indices"]["bufferView"], sparse["values"]["bufferView"]]
        rows = np.frombuffer(views[used[-2]], _TYPES[sparse["indices"]["componentType"]])
        assert 0 < len(rows) == sparse["count"] <= count
        assert (np.diff(rows.astype(int)) > 0).all() and rows[-1] < count
        values[rows] = np.frombuffer(views[used[-1]], kind).reshape(sparse["count"], columns)
    assert np.isfinite(values).all()
    if "min" in accessor:
        np.testing.assert_array_equal(np.array(accessor["min"], kind), values.min(axis=0))
        np.testing.assert_array_equal(np.array(accessor["max"], kind), values.max(axis=0))
    return values


def _check_references(document: dict[str, Any], arrays: list[np.ndarray]) -> None:
    accessors, views = document["accessors"], document["bufferViews"]
    assert document["asset"]["version"] == "2.0"
    (mesh,) = document["meshes"]
    names = mesh.get("extras", {}).get("targetNames", [])
    assert len(mesh.get("weights", [])) == len(names)
    for primitive in mesh["primitives"]:
        attributes = primitive["attributes"]
        count = accessors[attributes["POSITION"]]["count"]
        assert {accessors[number]["count"] for number in attributes.values()} == {count}
        for number in attributes.values():
            assert views[accessors[number]["bufferView"]]["target"] == 34962
        assert (
            accessors[attributes["POSITION"]]["type"] == "VEC3" and "min" in accessors[attributes["POSITION"]]
        )
        np.testing.assert_allclose(np.linalg.norm(arrays[attributes["NORMAL"]], axis=1), 1, atol=1e-5)
        indices = accessors[primitive["indices"]]
        assert views[indices["bufferView"]]["target"] == 34963 and indices["count"] % 3 == 0
        assert indices["type"] == "SCALAR" and indices["componentType"] in (5123, 5125)
        highest = arrays[primitive["indices"]].max()
        assert highest < count and (indices["componentType"] == 5125 or highest < 65535)
        targets = primitive.get("targets", [])
        assert len(targets) == len(names)
        for target in targets:
            assert set(target) <= set(attributes)
            assert {accessors[number]["count"] for number in target.values()} == {count}
            assert "min" in accessors[target["POSITION"]]
        assert 0 <= primitive["material"] < len(document["materials"])
    for material in document["materials"]:
        texture = material["pbrMetallicRoughness"].get("baseColorTexture")
        assert texture is None or document["textures"][texture["index"]]["source"] < len(document["images"])
    for animation in document.get("animations", []):
        for channel in animation["channels"]:
            sampler = animation["samplers"][channel["sampler"]]
            assert sampler["interpolation"] in ("LINEAR", "STEP")
            times = arrays[sampler["input"]][:, 0]
            assert "min" in accessors[sampler["input"]] and times[0] >= 0 and (np.diff(times) > 0).all()
            each = {"weights": len(names), "rotation": 1}[channel["target"]["path"]]
            assert accessors[sampler["output"]]["count"] == each * len(times)
            assert channel["target"]["node"] < len(document["nodes"])
