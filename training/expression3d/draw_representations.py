"""One picture of what the networks of the study see: a face as points, edges, voxels, mesh and hierarchy.

python -m training.expression3d.draw_representations --show jawOpen=0.5 browInnerUp=0.8 --out FILE.png
python -m training.expression3d.draw_representations --table points.parquet --row 4 --out FILE.png

The face is the shipped head's with the expressions that are asked for, or one of a table of `landmark_table`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from emopoi.commands.head_view import shown_expression
from emopoi.errors import InputError
from emopoi.runtime.frozen_head import load_head
from emopoi.types.face_coefficients import FaceCoefficients
from training.expression3d.aligned_points import align_all
from training.expression3d.face_mesh import face_triangles, length_ratios, mesh_edges, spiral_hierarchy
from training.expression3d.landmark_table import read_table
from training.expression3d.representations import FaceShape
from training.expression3d.voxel_grid import voxel_grids
from training.recipe_options import natural, run_recipe
from training.run_folder import replace_file

_DOTS = "#24405c"


def draw(differences: np.ndarray, path: Path) -> None:
    """Write the picture.

    Args:
        differences: float32 (468, 3), aligned points less the mean face.
        path: PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.figure import Figure

    shape = FaceShape()
    triangles = face_triangles(load_head())
    edges = mesh_edges(triangles)
    face = shape.template + differences
    figure = Figure(figsize=(15, 3.9), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 5)

    panels[0].scatter(face[:, 0], face[:, 1], s=6, c=_DOTS)
    panels[0].quiver(*shape.template[:, :2].T, *differences[:, :2].T, angles="xy", scale_units="xy", scale=1,
                     width=0.004, color="#c0562b")  # fmt: skip
    panels[0].set_title("points, and how far from the mean face")

    ratios = length_ratios(differences[None], shape.template, edges)[0]
    lines = LineCollection(face[edges][:, :, :2], array=ratios, cmap="coolwarm", linewidths=1.1)
    lines.set_clim(-0.4, 0.4)
    panels[1].add_collection(lines)
    panels[1].set_title("1,322 edges: short blue, long red")

    grid = voxel_grids(differences[None], shape.template)[0].astype(np.float32)
    panels[2].imshow(grid[..., 0].sum(axis=2).T, origin="lower", cmap="magma")
    panels[2].set_title("voxels, looked through from ahead")

    order = np.argsort(face[triangles][..., 2].mean(axis=1))
    corners = face[triangles][order]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    light = np.clip(np.abs(normals @ np.array([-0.3, 0.45, 0.84])), 0, 1)
    colours = np.outer(0.3 + 0.7 * light, (0.86, 0.72, 0.64)).clip(0, 1)
    panels[3].add_collection(
        PolyCollection(corners[:, :, :2], facecolors=colours, edgecolors=colours, linewidths=0.4)
    )
    panels[3].set_title("mesh of 852 triangles")

    kept = np.arange(len(face))
    panels[4].scatter(face[:, 0], face[:, 1], s=2, c="#bbbbbb")
    for step, (size, colour) in zip(
        spiral_hierarchy(shape.template, edges), ((9, _DOTS), (34, "#3f8f6b"), (90, "#c0562b")), strict=True
    ):
        kept = kept[step[:, 0]]
        panels[4].scatter(face[kept, 0], face[kept, 1], s=size, facecolors="none", edgecolors=colour)
    panels[4].set_title("hierarchy: 160, 48 and 16 points stay")

    for number, panel in enumerate(panels):
        panel.set_axis_off()
        panel.set_aspect("equal")
        if number != 2:
            panel.set_xlim(face[:, 0].min() - 0.1, face[:, 0].max() + 0.1)
            panel.set_ylim(face[:, 1].min() - 0.1, face[:, 1].max() + 0.1)
        panel.title.set_fontsize(10)
    replace_file(path, lambda file: figure.savefig(file, format="png"))


def _made(wishes: list[str]) -> np.ndarray:
    head, shape = load_head(), FaceShape()
    identity = np.zeros(head.n_identity, np.float32)
    vertices = head.vertices(FaceCoefficients(identity, shown_expression(head, wishes)))
    pixels = head.landmark_points(vertices) * (10, -10, -10)
    return align_all(shape.template, pixels[None].astype(np.float32))[0][0]


def _stored(table: Path, row: int) -> np.ndarray:
    points = read_table(table).points
    if row >= len(points):
        raise InputError(f"--row: up to {len(points) - 1} was expected, got {row}")
    return align_all(FaceShape().template, points[row][None])[0][0]


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--show", nargs="*", default=[], metavar="NAME=SHARE")
    parser.add_argument("--table", type=Path, metavar="FILE")
    parser.add_argument("--row", type=natural, default=0, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    options = parser.parse_args(arguments)
    if options.table and options.show:
        raise InputError("either --table or --show was expected")
    draw(_stored(options.table, options.row) if options.table else _made(options.show), options.out)
    print(options.out)


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
