"""`emopoi head`: look into a head file, make one of other formats, carry expressions between heads."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.commands import head_view
from emopoi.errors import InputError, ModelFileError
from emopoi.head.flame_pickle import read_flame_pickle
from emopoi.head.head_file import write_head_npz
from emopoi.head.head_info import head_info
from emopoi.head.head_model import HeadModel
from emopoi.head.ict_facekit import convert_ict
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS
from emopoi.head.obj_reader import read_obj_vertices
from emopoi.head.retarget import retarget_expressions
from emopoi.progress import progress

HELP = "look into a head model, convert one, carry expressions to one"

_EPILOG = """\
examples:
  emopoi head info
  emopoi head info flame2023_Open.pkl --json
  emopoi head convert ict ICT-FaceKit/FaceXModel ict.npz
  emopoi head convert flame generic_model.pkl flame.npz --landmarks mediapipe_landmark_embedding.npz
  emopoi head retarget ict.npz flame.npz flame_arkit.npz
  emopoi head view head.html --show jawOpen=0.6
  emopoi head view me.html --picture photo.jpg

A head is an npz of ours or a pickle of FLAME; nothing in a pickle is run. Landmark files of FLAME are
found beside the pickle. Geometry keeps its licence: `emopoi head info` tells it.
"""
_ACTIONS = ("info", "convert", "retarget", "view")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    about = actions.add_parser("info", help="what is in a head file")
    about.add_argument("head", nargs="?", type=Path, metavar="FILE", help="default: the shipped head")
    about.add_argument("--landmarks", type=Path, metavar="FILE", help="landmark file that goes with FLAME")
    about.add_argument("--json", action="store_true", help="print JSON")
    making = actions.add_parser("convert", help="make a head file of another format")
    making.add_argument("format", choices=("ict", "flame"), help="what SOURCE is")
    making.add_argument(
        "source", type=Path, metavar="SOURCE", help="folder FaceXModel of ICT-FaceKit, or a FLAME pickle"
    )
    making.add_argument("out", type=Path, metavar="OUT.npz", help="the head file to write")
    making.add_argument(
        "--landmarks", type=Path, metavar="FILE", help="flame: landmark file that goes with it"
    )
    making.add_argument("--modes", type=int, metavar="N", help="ict: identity modes (default: all there are)")
    making.add_argument(
        "--points", type=Path, metavar="FILE",
        help="ict: where MediaPipe's 468 points are taken from, a head with all of them or "
        "canonical_face_model.obj (default: the shipped head)",
    )  # fmt: skip
    carrying = actions.add_parser("retarget", help="give a head the named expressions of another")
    carrying.add_argument("source", type=Path, metavar="FROM", help="head whose expressions have names")
    carrying.add_argument("target", type=Path, metavar="TO", help="head that gets them")
    carrying.add_argument("out", type=Path, metavar="OUT.npz", help="the head file to write")
    carrying.add_argument(
        "--keep", action="store_true", help="keep TO's own expressions after them, unnamed ones as own_000"
    )
    head_view.add_arguments(actions.add_parser("view", help="a page to turn a mesh in the browser"))


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked.

    Raises:
        EmopoiError: an option or a file is wrong.
    """
    if arguments.action not in _ACTIONS:
        raise InputError(f"head: one of {', '.join(_ACTIONS)} was expected (emopoi head --help tells more)")
    if arguments.action == "view":
        return head_view.run(arguments)
    if arguments.action == "info":
        _tell(_load(arguments.head, arguments.landmarks), as_json=arguments.json)
        return 0
    if arguments.out.suffix != ".npz":
        raise InputError(f"{arguments.out}: a name that ends in .npz was expected")
    if arguments.action == "retarget":
        head = retarget_expressions(
            HeadModel.load(arguments.source), HeadModel.load(arguments.target), keep=arguments.keep
        )
        write_head_npz(head, arguments.out)
    elif arguments.format == "flame":
        _refuse(arguments, "modes", "points")
        head = read_flame_pickle(arguments.source, arguments.landmarks)
        write_head_npz(head, arguments.out)
    else:
        _refuse(arguments, "landmarks")
        head = convert_ict(arguments.source, _points(arguments.points), modes=arguments.modes, watch=progress)
        # The largest shape moves 5 cm, which half precision keeps to 0.002 cm.
        write_head_npz(head, arguments.out, half=True)
    if not len(head.landmarks):
        print("emopoi: it has no landmarks and can not be fitted to pictures (--landmarks)", file=sys.stderr)
    print(
        f"{arguments.out}: {len(head.v_template)} vertices, {head.n_identity} modes of identity, "
        f"{head.n_expressions} expressions, {len(head.landmarks)} landmarks"
    )
    return 0


def _refuse(arguments: argparse.Namespace, *options: str) -> None:
    for option in options:
        if getattr(arguments, option) is not None:
            raise InputError(f"--{option} has no meaning for convert {arguments.format}")


def _load(path: Path | None, landmarks: Path | None) -> HeadModel:
    if path is not None:
        return HeadModel.load(path, landmarks)
    if landmarks is not None:
        raise InputError("--landmarks: a FILE of FLAME was expected with it")
    return _shipped()


def _shipped() -> HeadModel:
    from emopoi.runtime.frozen_head import load_head

    return load_head()


def _points(path: Path | None) -> NDArray[np.floating]:
    """MediaPipe's 468 points on a neutral face."""
    if path is not None and path.suffix == ".obj":
        vertices = read_obj_vertices(path)
        if len(vertices) < MEDIAPIPE_POINTS:
            raise ModelFileError(f"{path}: {MEDIAPIPE_POINTS} vertices were expected, got {len(vertices)}")
        return vertices[:MEDIAPIPE_POINTS]
    head = _shipped() if path is None else HeadModel.load(path)
    if sorted(head.landmarks.indices.tolist()) != list(range(MEDIAPIPE_POINTS)):
        raise ModelFileError(
            f"{path or head.name}: all {MEDIAPIPE_POINTS} landmarks were expected, got {len(head.landmarks)}"
        )
    points = head.landmark_points(head.v_template) + head.landmarks.offsets
    return points[np.argsort(head.landmarks.indices)]


def _tell(head: HeadModel, *, as_json: bool) -> None:
    info = head_info(head)
    if as_json:
        print(json.dumps(info, ensure_ascii=False))
        return
    width, height, depth = info["size_cm"]
    places = [f"{name} ({x:g}, {y:g}, {z:g})" for name, (x, y, z) in info["joints"].items()]
    lines = [
        f"{info['name']}",
        f"  vertices    {info['vertices']}, {info['triangles']} triangles",
        f"  size        {width} x {height} x {depth} cm, a unit is {info['unit_m']:g} m",
        "  parts       " + ", ".join(f"{name} {count}" for name, count in info["parts"].items()),
        f"  identity    {info['identity_modes']} modes",
        f"  expressions {info['expressions']}"
        + (", named" if info["expression_names"] else ", without names"),
    ]
    names = info["expression_names"]
    lines += [f"    {' '.join(names[at : at + 4])}" for at in range(0, len(names), 4)]
    lines += [
        "  joints      " + ", ".join(places),
        f"  correctives {'by pose' if info['pose_correctives'] else 'none'}",
        f"  landmarks   {info['landmarks']} of MediaPipe's {MEDIAPIPE_POINTS}",
        f"  texture     {info['uv']} places" if info["uv"] else "  texture     no places",
        f"  licence     {info['licence'].splitlines()[0] if info['licence'] else 'not stated'}",
    ]
    print("\n".join(lines))
