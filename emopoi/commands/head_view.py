"""`emopoi head view`: a mesh as a page to turn in the browser."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emopoi.errors import InputError, MediaError, MissingPartError
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS
from emopoi.head.part_colours import PART_COLOURS
from emopoi.report.mesh_page import mesh_page
from emopoi.report.output_folder import write_text_atomically
from emopoi.types.face_coefficients import FaceCoefficients

if TYPE_CHECKING:
    from numpy.typing import NDArray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this action."""
    parser.add_argument("out", type=Path, metavar="OUT.html", help="the page to write")
    parser.add_argument("--head", type=Path, metavar="FILE", help="a head file (default: the shipped head)")
    parser.add_argument(
        "--show",
        action="append",
        default=[],
        metavar="NAME=SHARE",
        help="an expression and how far, e.g. jawOpen=0.6; may be repeated",
    )
    parser.add_argument(
        "--picture", type=Path, metavar="PHOTO", help="instead: the mesh of the largest face in a photo"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        EmopoiError: an option or a file is wrong, or the page can not be written.
    """
    from emopoi.runtime.frozen_head import load_head

    if arguments.out.suffix not in (".html", ".htm"):
        raise InputError(f"{arguments.out}: a name that ends in .html was expected")
    if arguments.picture is not None and (arguments.show or arguments.head):
        raise InputError("--picture shows a face as it is: not with --show or --head")
    head = load_head(arguments.head)
    if arguments.picture is not None:
        vertices, colours = _of_picture(arguments.picture)
        triangles = head.f[(head.f < MEDIAPIPE_POINTS).all(axis=1)]
        title = f"468 points of {arguments.picture.name}"
    else:
        expression = shown_expression(head, arguments.show)
        vertices = head.vertices(FaceCoefficients(np.zeros(head.n_identity, np.float32), expression))
        triangles, colours = head.f, _part_colours(head)
        title = " ".join([head.name, *arguments.show])
    write_text_atomically(arguments.out, mesh_page(vertices, triangles, title, colours))
    told = {"file": str(arguments.out), "vertices": len(vertices), "triangles": len(triangles)}
    text = f"{arguments.out}: {len(vertices)} vertices, {len(triangles)} triangles; open it in a browser"
    print(json.dumps(told) if arguments.json else text)
    return 0


def shown_expression(head: HeadModel, wishes: list[str]) -> NDArray[np.float32]:
    """The expression that `--show` asks for.

    Args:
        head: that shall show it.
        wishes: NAME=SHARE, or NAME alone for all of it.

    Returns:
        float32 (E,), 0..1.

    Raises:
        InputError: the head has no such expression, or the share is no number from 0 to 1.
    """
    expression = np.zeros(head.n_expressions, np.float32)
    for wish in wishes:
        name, _, share = wish.partition("=")
        if name not in head.expression_names:
            names = ", ".join(head.expression_names) or "it names none"
            raise InputError(f"--show: an expression of {head.name} was expected ({names}), got {name!r}")
        try:
            value = float(share or 1.0)
        except ValueError:
            value = np.nan
        if not 0 <= value <= 1:
            raise InputError(f"--show {name}: a share of 0 to 1 was expected, got {share!r}")
        expression[head.expression_names.index(name)] = value
    return expression


def _part_colours(head: HeadModel) -> NDArray[np.float64]:
    """A vertex takes the colour of the last triangle that it is a corner of."""
    colours = np.tile(np.array(PART_COLOURS["skin"]) / 255, (len(head.v_template), 1))
    for number, name in enumerate(PARTS):
        if name in PART_COLOURS:
            colours[np.unique(head.f[head.face_parts == number])] = np.array(PART_COLOURS[name]) / 255
    return colours


def _of_picture(path: Path) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Points, y up, and the colour of the picture at each."""
    from emopoi.vision.blazeface_files import LANDMARKS, read_blazeface_files
    from emopoi.vision.face_landmarks import FaceLandmarks
    from emopoi.vision.media import open_media
    from emopoi.vision.photo_detector import PhotoDetector

    files = read_blazeface_files()
    if files.landmarks is None:
        raise MissingPartError(f"--picture: {LANDMARKS[0]} is not in {files.origin}")
    with open_media(str(path)) as media:
        image = next(iter(media)).image
    found = PhotoDetector().detect(image)
    mesh = FaceLandmarks(files.landmarks).mesh(image, found[0]) if found else None
    if mesh is None or not np.isfinite(mesh.points).all():
        raise MediaError(f"{path}: no face was found")
    column, row = np.rint(mesh.points[:, :2]).astype(int).T
    inside = np.clip(row, 0, image.shape[0] - 1), np.clip(column, 0, image.shape[1] - 1)
    return mesh.points * np.array([1.0, -1.0, -1.0]), image[inside] / 255.0
