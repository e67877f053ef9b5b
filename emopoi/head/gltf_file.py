"""A head as binary glTF 2.0: named expressions as morph targets, and how it moves in a video.

Khronos, glTF 2.0 specification: metres, y up, a face that looks along +z, as a `HeadModel` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.export_mesh import ExportMesh, Material, export_mesh
from emopoi.head.expression_names import expression_names
from emopoi.head.gltf_container import VERTEX_DATA, GltfBuffer
from emopoi.head.head_model import HeadModel
from emopoi.head.quaternions import unit_quaternions
from emopoi.head.subdivision import Subdivision
from emopoi.head.whole_files import write_whole

_STILL_M = 1e-6  # what an expression moves less in each direction is written as not moved
_STILL_NORMAL = 1e-3  # likewise for normals, 0.06 degrees
_JPEG_QUALITY = 92
_ROUGHNESS = {"skin": 0.6, "eyes": 0.2, "teeth": 0.3, "mouth": 0.7, "iris": 0.2}
_LINEAR, _CLAMP_TO_EDGE, _MIPMAPS = 9729, 33071, 9987


def write_glb(
    path: Path,
    head: HeadModel,
    identity: NDArray[np.floating],
    expressions: NDArray[np.floating] | None = None,
    rotations: NDArray[np.floating] | None = None,
    times_s: NDArray[np.floating] | None = None,
    texture: NDArray[np.uint8] | None = None,
    *,
    subdivision: Subdivision | None = None,
) -> None:
    """Write one person's head in metres, y up, z out of the face.

    The node `head` turns about the head's root joint; the node `face` below it has the mesh, which is the
    head at rest with the identity baked in and a morph target for each expression. One moment sets weights
    and rotation. Several become an animation, straight between its times; at rest it shows the first.

    Args:
        path: by custom it ends in .glb.
        head: the head.
        identity: float (I,), or the first of them.
        expressions: float (T, E).
        rotations: float (T, 3, 3), of `FaceCoefficients.pose[0]`, see `rotation_matrices`.
        times_s: float (T,) ascending, at least 0; needed where T is above 1.
        texture: uint8 (H, W, 3) RGB, first row at v = 1, see `TextureMap`; stored as JPEG.
        subdivision: of the head's triangles (and its uv_f, where it has uv), for a smoother mesh.

    Raises:
        InputError: sizes do not fit the head, a number is not finite, a matrix is no rotation, times do
            not ascend, or there is a texture and no uv.
        OutputError: it can not be written.
    """
    expressions, quaternions = _checked_expressions(head, expressions), _checked_rotations(rotations)
    times = _checked_times(times_s, expressions, quaternions)
    mesh = export_mesh(head, subdivision, texture)
    neutral = head.shaped(np.asarray(identity, np.float32), np.zeros(0, np.float32))
    root_m = (head.J_regressor[0] @ neutral) * head.unit_m

    buffer = GltfBuffer()
    face = _face(buffer, head, mesh, neutral)
    turning: dict[str, Any] = {"name": "head", "translation": _numbers(root_m), "children": [1]}
    if expressions is not None and len(expressions):
        face["weights"] = _numbers(expressions[0])
    if quaternions is not None and len(quaternions):
        turning["rotation"] = _numbers(quaternions[0])
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "EmoPOI"},
        "scene": 0,
        "scenes": [{"name": head.name, "nodes": [0]}],
        "nodes": [turning, {"name": "face", "mesh": 0, "translation": _numbers(-root_m)}],
        "meshes": [face],
        "materials": [_material(material) for material in mesh.materials],
    }
    if head.licence:
        document["asset"]["copyright"] = head.licence
    if texture is not None:
        document |= _texture(buffer, texture)
    if times is not None:
        document["animations"] = [_animation(buffer, times, expressions, quaternions)]
    write_whole({Path(path): buffer.file(document)})


def _face(
    buffer: GltfBuffer, head: HeadModel, mesh: ExportMesh, neutral: NDArray[np.floating]
) -> dict[str, Any]:
    """The mesh: one primitive for each material, all on the same vertices."""
    source, uv_source, corners = _seams_cut(mesh)
    places = mesh.smooth(neutral) * head.unit_m
    normals = mesh.normals(places)
    attributes = {
        "POSITION": buffer.floats(places[source], VERTEX_DATA, bounds=True),
        "NORMAL": buffer.floats(normals[source], VERTEX_DATA),
    }
    if mesh.uv is not None:
        # glTF counts v from the top.
        uv = mesh.uv[uv_source] * np.array([1, -1], np.float32) + np.array([0, 1], np.float32)
        attributes["TEXCOORD_0"] = buffer.floats(uv, VERTEX_DATA)

    names = expression_names(head)
    targets = []
    for number, name in enumerate(names):
        moved = mesh.smooth(head.expression_dirs[..., number]) * head.unit_m
        moved[(np.abs(moved) < _STILL_M).all(axis=1)] = 0.0
        turned = mesh.normals(places + moved) - normals
        turned[(np.abs(turned) < _STILL_NORMAL).all(axis=1)] = 0.0
        targets.append(
            {
                "POSITION": buffer.mostly_zero(moved[source], bounds=True, name=name),
                "NORMAL": buffer.mostly_zero(turned[source], name=f"{name} normals"),
            }
        )

    primitives = []
    for number, material in enumerate(mesh.materials):
        triangles = buffer.triangles(corners[material.faces], len(source))
        primitive = {"attributes": attributes, "indices": triangles, "material": number}
        primitives.append(primitive | ({"targets": targets} if targets else {}))
    face: dict[str, Any] = {"name": "face", "primitives": primitives}
    if names:
        face["weights"] = [0.0] * len(names)
        face["extras"] = {"targetNames": list(names)}
    return face


def _seams_cut(mesh: ExportMesh) -> tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]:
    """Vertices as glTF wants them: one number for place and texture, so those on a seam stand twice.

    Returns:
        The mesh's vertex of each, its row of uv, and the triangles (F, 3).
    """
    if mesh.uv is None or mesh.uv_f is None:
        vertices = np.arange(mesh.vertices_count)
        return vertices, vertices, mesh.f
    pairs = mesh.f.astype(np.int64).ravel() * len(mesh.uv) + mesh.uv_f.ravel()
    distinct, corners = np.unique(pairs, return_inverse=True)
    source, uv_source = np.divmod(distinct, len(mesh.uv))
    return source, uv_source, corners.reshape(-1, 3)


def _material(material: Material) -> dict[str, Any]:
    shading: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": _ROUGHNESS[material.part]}
    if material.colour is None:
        shading["baseColorTexture"] = {"index": 0}
    else:
        # Factors are linear, colours sRGB.
        shading["baseColorFactor"] = [*(round(value**2.2, 4) for value in material.colour), 1.0]
    # A face is an open sheet: its inside shows through eyes and mouth, and from behind.
    return {"name": material.name, "pbrMetallicRoughness": shading, "doubleSided": True}


def _texture(buffer: GltfBuffer, texture: NDArray[np.uint8]) -> dict[str, Any]:
    flags = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    content = cv2.imencode(".jpg", cv2.cvtColor(texture, cv2.COLOR_RGB2BGR), flags)[1].tobytes()
    clamped = {"wrapS": _CLAMP_TO_EDGE, "wrapT": _CLAMP_TO_EDGE, "magFilter": _LINEAR, "minFilter": _MIPMAPS}
    return {
        "images": [{"name": "skin", "mimeType": "image/jpeg", "bufferView": buffer.view(content)}],
        "samplers": [clamped],
        "textures": [{"source": 0, "sampler": 0}],
    }


def _animation(
    buffer: GltfBuffer,
    times: NDArray[np.float32],
    expressions: NDArray[np.float32] | None,
    quaternions: NDArray[np.float64] | None,
) -> dict[str, Any]:
    clock = buffer.floats(times, bounds=True, name="seconds")
    channels: list[dict[str, Any]] = []
    samplers: list[dict[str, Any]] = []
    for node, path, values in ((1, "weights", expressions), (0, "rotation", quaternions)):
        if values is None:
            continue
        rows = values.ravel() if path == "weights" else values
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        # Between two pictures a face is between them; for quaternions this means along the shorter arc.
        samplers.append({"input": clock, "output": buffer.floats(rows, name=path), "interpolation": "LINEAR"})
    return {"name": "video", "channels": channels, "samplers": samplers}


def _checked_expressions(
    head: HeadModel, expressions: NDArray[np.floating] | None
) -> NDArray[np.float32] | None:
    if expressions is None or (not head.n_expressions and np.shape(expressions)[1:] == (0,)):
        return None
    values = np.asarray(expressions, np.float32)
    if values.ndim != 2 or values.shape[1] != head.n_expressions or not np.isfinite(values).all():
        raise InputError(f"expressions: finite (T, {head.n_expressions}) was expected, got {values.shape}")
    return values


def _checked_rotations(rotations: NDArray[np.floating] | None) -> NDArray[np.float64] | None:
    if rotations is None:
        return None
    matrices = np.asarray(rotations, np.float64)
    if matrices.ndim != 3 or matrices.shape[1:] != (3, 3):
        raise InputError(f"rotations: (T, 3, 3) was expected, got {matrices.shape}")
    if not (
        np.allclose(matrices @ matrices.swapaxes(1, 2), np.eye(3), atol=1e-3)
        and (np.linalg.det(matrices) > 0).all()
    ):
        raise InputError("rotations: matrices that turn and do nothing else were expected")
    return unit_quaternions(matrices)


def _checked_times(
    times_s: NDArray[np.floating] | None,
    expressions: NDArray[np.float32] | None,
    quaternions: NDArray[np.float64] | None,
) -> NDArray[np.float32] | None:
    """Times of an animation, None where there is none."""
    counts = {len(values) for values in (expressions, quaternions) if values is not None}
    if times_s is not None:
        counts.add(len(times_s))
    if len(counts) > 1:
        raise InputError(
            f"expressions, rotations and times_s of one length were expected, got {sorted(counts)}"
        )
    if not counts or max(counts) < 2 or (expressions is None and quaternions is None):
        return None
    if times_s is None:
        raise InputError(f"times_s: {max(counts)} times were expected for as many moments, got none")
    times = np.asarray(times_s, np.float32)
    # As float32, which the file has: two times may not become one.
    if times.ndim != 1 or not np.isfinite(times).all() or times[0] < 0 or not (np.diff(times) > 0).all():
        raise InputError("times_s: ascending seconds from 0 on were expected, at least 0.1 ms apart")
    return times


def _numbers(values: NDArray[np.floating]) -> list[float]:
    return np.asarray(values, np.float32).tolist()
