"""A head as Wavefront OBJ: what every 3D program opens."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.export_mesh import export_mesh
from emopoi.head.head_model import HeadModel
from emopoi.head.subdivision import Subdivision
from emopoi.head.whole_files import write_whole


def write_obj(
    path: Path,
    head: HeadModel,
    vertices: NDArray[np.floating],
    texture: NDArray[np.uint8] | None = None,
    *,
    metres: bool = True,
    subdivision: Subdivision | None = None,
) -> list[Path]:
    """Write OBJ, its materials (MTL) and, where there is one, its texture (PNG) beside it.

    One group and material for each part of `PARTS` that the head has (two, where a texture colours only
    some of a part, see `textured_faces`); y up, z out of the face; normals are smooth.
    All of the files are written or none.

    Args:
        path: ends in .obj; the others take its name, blanks as underscores, with .mtl and .png.
        head: for triangles, parts and texture coordinates.
        vertices: float (V, 3) of that head, see `HeadModel.vertices`.
        texture: uint8 (H, W, 3) RGB, first row at v = 1, see `TextureMap`.
        metres: multiply by the head's unit_m; else its own units.
        subdivision: of the head's triangles (and its uv_f, where it has uv), applied to the vertices.

    Returns:
        The files written, the OBJ first.

    Raises:
        InputError: sizes do not fit the head, a number is not finite, or a texture without uv.
        OutputError: they can not be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".obj":
        raise InputError(f"{path}: a name that ends in .obj was expected")
    mesh = export_mesh(head, subdivision, texture)
    places = mesh.smooth(np.asarray(vertices, np.float64)) * (head.unit_m if metres else 1.0)
    normals = mesh.normals(places)
    stem = re.sub(r"\s", "_", path.stem)
    library, picture = path.with_name(f"{stem}.mtl"), path.with_name(f"{stem}.png")

    unit = "metres" if metres else f"1 unit = {head.unit_m:g} m"
    lines = ["# EmoPOI head, " + unit + ", y up, z out of the face"]
    lines += [f"# {line}" for line in (f"Geometry: {head.name} {head.licence}").splitlines()]
    lines += [f"mtllib {library.name}"]
    # Seven digits tell a float32 of a head's size, whatever its unit.
    text = ["\n".join(lines), _rows("v %.7g %.7g %.7g", places)]
    if mesh.uv is not None:
        text.append(_rows("vt %.6f %.6f", mesh.uv))
    text.append(_rows("vn %.4f %.4f %.4f", normals))
    materials = []
    for material in mesh.materials:
        corners = mesh.f[material.faces] + 1
        if mesh.uv_f is None:
            row, pattern = np.repeat(corners, 2, axis=1), "f %d//%d %d//%d %d//%d"
        else:
            row = np.stack([corners, mesh.uv_f[material.faces] + 1, corners], axis=2).reshape(-1, 9)
            pattern = "f %d/%d/%d %d/%d/%d %d/%d/%d"
        text.append(f"g {material.name}\nusemtl {material.name}\n" + _rows(pattern, row))
        colour = " ".join(f"{value:.4f}" for value in material.colour or (1.0, 1.0, 1.0))
        materials.append(
            f"newmtl {material.name}\nKa 0 0 0\nKd {colour}\nKs 0 0 0\nillum 1\n"
            + ("" if material.colour else f"map_Kd {picture.name}\n")
        )
    contents = {path: "\n".join(text) + "\n", library: "\n".join(materials)}
    files = {name: content.encode() for name, content in contents.items()}
    if texture is not None:
        files[picture] = cv2.imencode(".png", cv2.cvtColor(texture, cv2.COLOR_RGB2BGR))[1].tobytes()
    write_whole(files)
    return list(files)


def _rows(pattern: str, table: NDArray) -> str:
    return "\n".join([pattern] * len(table)) % tuple(table.ravel().tolist())
