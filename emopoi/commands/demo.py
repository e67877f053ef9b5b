"""`emopoi demo`: make a clip from a portrait and run the main job on it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "make a clip from a portrait and run recognize on it"

_EPILOG = """\
example:
  emopoi demo --out out

The portrait is a public-domain photo of NASA that comes with scikit-image. The clip is written to
DIR/input.mp4, the results of `emopoi recognize` beside it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out"),
        metavar="DIR",
        help="for clip and results (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the clip and recognize it.

    Returns:
        What `emopoi recognize` returns.

    Raises:
        MissingPartError: scikit-image is not installed.
        OutputError: the folder can not be written.
    """
    from emopoi.commands.main import main
    from emopoi.demo_clip import SECONDS, write_demo_clip
    from emopoi.report import prepare_output_folder

    folder = prepare_output_folder(arguments.out)
    print(
        f"making a clip of {SECONDS:g} s from a portrait; its mirror image joins as a second person ...",
        file=sys.stderr,
    )
    clip = write_demo_clip(folder / "input.mp4")
    # A published portrait of NASA: nobody is left to be asked for consent.
    return main(["recognize", str(clip), "--out", str(folder), "--consent"])
