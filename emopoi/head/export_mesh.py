"""What files of a head have in common: triangles, texture coordinates, materials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.part_colours import PART_COLOURS
from emopoi.head.subdivision import Subdivision
from emopoi.head.texture_layout import textured_faces
from emopoi.head.vertex_normals import vertex_normals


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What some triangles look like.

    Attributes:
        name: unique; of the part, with `_plain` where only other triangles of the part are textured.
        part: of `PARTS`.
        faces: int (N,), the triangles.
        colour: sRGB 0..1; None where the texture has it.
    """

    name: str
    part: str
    faces: NDArray[np.intp]
    colour: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class ExportMesh:
    """The mesh of a head as it is written.

    Attributes:
        f: int32 (F, 3).
        vertices_count: V, of the mesh.
        materials: each triangle in one of them.
        uv: float32 (U, 2), origin at the lower left; None where the head has none.
        uv_f: int32 (F, 3); None where the head has no uv.
        subdivision: None where triangles are written as they are.
        head_vertices: vertices that a head's fields have.
    """

    f: NDArray[np.int32]
    vertices_count: int
    materials: tuple[Material, ...]
    uv: NDArray[np.float32] | None
    uv_f: NDArray[np.int32] | None
    subdivision: Subdivision | None
    head_vertices: int

    def smooth(self, field: NDArray[np.floating]) -> NDArray[np.floating]:
        """A field of the head's vertices (V, 3, ...) on those of the mesh.

        Raises:
            InputError: another number of vertices, or values that are not finite.
        """
        if field.ndim < 2 or field.shape[:2] != (self.head_vertices, 3):
            raise InputError(f"vertices: {(self.head_vertices, 3)} was expected, got {field.shape}")
        if not np.isfinite(field).all():
            raise InputError("vertices: numbers that are not finite")
        return field if self.subdivision is None else self.subdivision.apply(field)

    def normals(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """float64 (V, 3) unit vectors at vertices of the mesh."""
        return vertex_normals(places, self.f)


def export_mesh(
    head: HeadModel, subdivision: Subdivision | None = None, texture: NDArray[np.uint8] | None = None
) -> ExportMesh:
    """The mesh to be written.

    Args:
        head: the head.
        subdivision: of its triangles, and of its uv_f where it has uv.
        texture: only checked: uint8 (H, W, 3) RGB.

    Raises:
        InputError: the head has no triangles, the subdivision is of another mesh, or the texture is
            none or finds no uv.
    """
    if texture is not None:
        if texture.dtype != np.uint8 or texture.ndim != 3 or texture.shape[2] != 3 or not texture.size:
            raise InputError(f"a texture is uint8 (H, W, 3) RGB, got {texture.dtype} {texture.shape}")
        if not len(head.uv):
            raise InputError(f"head {head.name}: uv was expected for a texture, it has none")
    if not len(head.f):
        raise InputError(f"head {head.name}: triangles were expected, it has none")
    has_uv = len(head.uv) > 0
    uv, uv_f = (head.uv, head.uv_f) if has_uv else (None, None)
    count = len(head.v_template)
    textured = textured_faces(head) if texture is not None else np.zeros(len(head.f), bool)
    if subdivision is None:
        return ExportMesh(
            head.f, count, _materials(head.face_parts, textured, texture), uv, uv_f, None, count
        )
    if len(subdivision.f) != len(head.f) * 4**subdivision.levels or (has_uv and subdivision.uv_f is None):
        wanted = "f and uv_f" if has_uv else "f"
        raise InputError(f"head {head.name}: a subdivision of its {wanted} was expected")
    parts, textured = subdivision.carry(head.face_parts), subdivision.carry(textured)
    return ExportMesh(
        f=subdivision.f,
        vertices_count=subdivision.vertices_count,
        materials=_materials(parts, textured, texture),
        uv=subdivision.apply_uv(head.uv) if has_uv else None,
        uv_f=subdivision.uv_f if has_uv else None,
        subdivision=subdivision,
        head_vertices=count,
    )


def _materials(
    face_parts: NDArray[np.uint8], textured: NDArray[np.bool_], texture: NDArray[np.uint8] | None
) -> tuple[Material, ...]:
    materials: list[Material] = []
    for number, part in enumerate(PARTS):
        for has_texture in (True, False):
            faces = np.flatnonzero((face_parts == number) & (textured == has_texture))
            if not len(faces):
                continue
            name, colour = part, None
            if not has_texture:
                shade = PART_COLOURS[part]
                if part == "skin" and texture is not None:
                    # The back of a head goes with its face.
                    shade = np.median(texture.reshape(-1, 3), axis=0)
                name += "_plain" if materials and materials[-1].part == part else ""
                colour = tuple(float(value) / 255.0 for value in shade)
            materials.append(Material(name, part, faces, colour))
    return tuple(materials)
