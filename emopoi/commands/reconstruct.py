"""`emopoi reconstruct`: 3D heads of the people in a photo or video."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.pipeline import RecognitionSettings
from emopoi.progress import progress
from emopoi.reconstruct.reconstruction import Reconstruction
from emopoi.reconstruct.settings import METHODS, ReconstructionSettings
from emopoi.runtime.frozen_head import load_head

HELP = "3D heads with named expressions from a photo or video, as files and videos"

_EPILOG = """\
examples:
  emopoi reconstruct photo.jpg --out out
  emopoi reconstruct clip.mp4 --out out --seconds 10
  emopoi reconstruct clip.mp4 --head flame2023_Open.pkl --out out
  emopoi reconstruct photo.jpg --json

Everything happens on this machine; nothing is stored without --out. With --out the folder gets
reconstruction.json and, for each person, person-N/ with head.obj, head.glb and coefficients.npz, .csv and
.json; of a photo overlay.jpg, frontal.jpg and turned.jpg, of a video grid.mp4 and head.mp4 with its sound.
Ctrl-C ends the reading and keeps what was read.
"""

_REMINDER = (
    "The people shown must have agreed to this (say --consent if they did): a head in 3D tells who "
    "somebody is. Not for use at work or in education (EU AI Act, Art. 5)."
)
_MOST_NAMED = 4
_LEAST_SHOWN = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("input", metavar="INPUT", help="photo or video")
    add("--head", metavar="FILE", help="head of your own, .npz or FLAME's .pkl (default: the shipped one)")
    add(
        "--method",
        choices=METHODS,
        default=METHODS[0],
        help="how coefficients are found (default: %(default)s)",
    )
    add(
        "--model",
        default="face_regressor",
        metavar="DIR",
        help="with --method pixels: folder of a network of your own (default: the shipped %(default)s)",
    )
    add("--detail", action="store_true", help="folds and wrinkles too; with --method pixels")
    add("--seconds", type=float, metavar="S", help="stop after S seconds of the video")
    add("--fps", type=float, metavar="F", help="read about F frames a second (default: all)")
    add("--variant", metavar="NAME", help="int8 or float16 models (default: the manifests')")
    add("--bundle", metavar="DIR", help="detector models from `emopoi bundle`, for devices without mediapipe")
    add(
        "--threads",
        type=int,
        default=min(2, os.cpu_count() or 1),
        help="decode and encode in the background (default: %(default)s)",
    )
    add("--out", type=Path, metavar="DIR", help="leave all results there")
    add("--no-video", action="store_true", help="with --out: no pictures and videos, only data")
    add("--consent", action="store_true", help="the people shown agreed: no reminder")
    add("--json", action="store_true", help="print reconstruction.json's object and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Reconstruct, write and print.

    Returns:
        0, or 130 where Ctrl-C ended the reading or drawing.

    Raises:
        EmopoiError: the source, an option, a model, the head or the output folder is wrong; where the disk
            fills on the way, the result is printed first.
    """
    if arguments.threads < 1:
        raise InputError(f"--threads: at least 1 was expected, got {arguments.threads}")
    if arguments.fps is not None and not 0 < arguments.fps <= 1000:
        raise InputError(f"--fps: above 0 and up to 1000 was expected, got {arguments.fps}")
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise InputError(f"--seconds: more than 0 was expected, got {arguments.seconds}")
    solver = LandmarkSolver(load_head(arguments.head))
    reconstruction = Reconstruction(
        arguments.input,
        solver,
        ReconstructionSettings(method=arguments.method, pixel_model=arguments.model, detail=arguments.detail),
        RecognitionSettings(
            age_gender=False, states=False, variant=arguments.variant, bundle=arguments.bundle
        ),
        sample_fps=arguments.fps,
        seconds=arguments.seconds,
        threads=arguments.threads,
        watch=progress,
    )
    reconstruction.read()
    if not arguments.consent:
        print(_REMINDER, file=sys.stderr)
    failures = []
    if arguments.out is not None:
        failures = reconstruction.write(arguments.out, pictures=not arguments.no_video)
        # The first one becomes the error at the end.
        reconstruction.notes.extend(f"not written: {failure}" for failure in failures[1:])
    for note in reconstruction.notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(reconstruction.summary))
    else:
        print(_as_text(reconstruction.summary))
    if failures:
        raise failures[0]
    if arguments.out is not None:
        print(f"results: {arguments.out}", file=sys.stderr)
    return 130 if reconstruction.stopped else 0


def _as_text(summary: dict[str, Any]) -> str:
    lines = [f"{summary['source']}: {_counted(len(summary['people']), 'person', 'people')}"]
    for person in summary["people"]:
        seen = _counted(person["frames"], "frame", "frames")
        if summary["kind"] == "video":
            seen += f" from {person['first_s']:.1f} to {person['last_s']:.1f} s"
        if person["frames_skipped"]:
            seen += f", {person['frames_skipped']} skipped"
        met = f"points met to {person['error']['mean']:.1%} of the eye distance"
        lines.append(f"Person {person['id']}: {seen}; {met}")
        strongest = sorted(person["expression_max"].items(), key=lambda item: -item[1])[:_MOST_NAMED]
        shown = [f"{name} {value:.2f}" for name, value in strongest if value >= _LEAST_SHOWN]
        if summary["head"]["named"] and shown:
            lines.append(f"  strongest: {', '.join(shown)}")
    return "\n".join(lines)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
