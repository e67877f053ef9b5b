"""Options of the commands that read faces of pictures: what is read, and with which models."""

from __future__ import annotations

import argparse

from emopoi.pipeline import RecognitionSettings
from emopoi.pipeline.settings import DETECTORS, SOURCES, TEMPORAL

REMINDER = (
    "The people shown must have agreed to this (say --consent if they did). Not for use at work or in "
    "education (EU AI Act, Art. 5)."
)


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Declare --detector, --temporal, --fps, --from, --no-age, --variant, --bundle and --cascade."""
    add = parser.add_argument
    add("--detector", choices=DETECTORS, default="mediapipe", help="default: %(default)s; else haar")
    add(
        "--temporal",
        choices=TEMPORAL,
        default=RecognitionSettings().temporal,
        help="memory of a face over frames: LSTM, fading mean or none (default: %(default)s)",
    )
    add("--fps", type=float, metavar="F", help="read about F frames a second (default: all)")
    add(
        "--from",
        dest="read_from",
        choices=SOURCES,
        default="pixels",
        help="what expressions are named from: pixels, or 468 face points alone (default: %(default)s)",
    )
    add("--no-age", action="store_true", help="estimate neither age nor gender")
    add("--variant", metavar="NAME", help="int8 or float16 models (default: the manifests')")
    add("--bundle", metavar="DIR", help="detector models from `emopoi bundle`, for devices without mediapipe")
    add("--cascade", metavar="FILE", help="Haar cascade of your own, for --detector haar")
