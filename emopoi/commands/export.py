"""`emopoi export`: trained Keras weights to a frozen TFLite model."""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from emopoi.errors import InputError, MissingPartError, ModelFileError, OutputError
from emopoi.export.input_levels import MEAN, STD

if TYPE_CHECKING:
    from emopoi.preprocess import CropLayout

HELP = "turn trained Keras weights into a frozen TFLite model"

_EPILOG = """\
example:
  emopoi export emotion runs/emotion/emotion.weights.h5 --samples train.parquet --out my_models/emotion

Writes model.tflite (int8), model_float16.tflite, manifest.json and golden.npz, after both files were
compared with the Keras network. The samples (parquet with a column `image`, tight face crops) give
int8 its ranges and the comparison its inputs. Needs TensorFlow.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("kind", choices=("emotion", "age_gender", "multi_head"), help="which network the weights are of")
    add("weights", type=Path, help="the .weights.h5 file of a training run")
    add("--samples", type=Path, required=True, metavar="FILE", help="parquet with real training pictures")
    add("--out", type=Path, required=True, metavar="DIR", help="the model's folder; its name is the model's")
    add("--layout", metavar="EYES_Y,MOUTH_Y,EYE_DISTANCE", help="where the samples have eyes and mouth, 0..1")
    add("--count", type=int, default=256, help="samples used (default: %(default)s)")
    add("--mean", type=float, default=MEAN, help="subtracted from grey levels (default: %(default)s)")
    add("--std", type=float, default=STD, help="divided by (default: %(default)s)")
    add("--licence", default="not stated", help="of the weights, for the manifest")
    add("--json", action="store_true", help="print the manifest")


def run(arguments: argparse.Namespace) -> int:
    """Convert, compare, write.

    Raises:
        EmopoiError: an option, weights, samples or conversion are wrong.
    """
    _check(arguments)
    try:
        from emopoi.evaluation.face_samples import face_samples
        from emopoi.export.freeze import freeze
        from emopoi.export.kinds import KINDS
    except ImportError as error:
        raise MissingPartError(
            f"export needs TensorFlow and Keras: pip install tensorflow keras ({error})"
        ) from error
    from emopoi.preprocess import InputSpec

    layout = _layout(arguments.layout) if arguments.layout else _layout_of_our_own(arguments.kind)
    kind = KINDS[arguments.kind]
    spec = InputSpec(kind.size, kind.channels, arguments.mean, arguments.std, layout.of_centre(*kind.window))
    samples = face_samples(arguments.samples, spec, layout, arguments.count)
    manifest = freeze(
        arguments.kind,
        arguments.weights,
        {"face": samples},
        arguments.out,
        input_spec=spec,
        facts={
            "training_layout": layout.to_dict(),
            "person_layout": layout.to_dict(),
            "licence": {"code": "Apache-2.0", "weights": arguments.licence},
        },
    )
    if arguments.json:
        print(json.dumps(manifest.data))
    else:
        for variant, file in manifest.files.items():
            print(f"{arguments.out / file.path}  {variant}  {file.bytes} bytes  sha256 {file.sha256[:12]}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """What can be told before TensorFlow is loaded."""
    if not os.path.isfile(arguments.weights):
        raise InputError(f"{arguments.weights}: no such file")
    if arguments.count < 1:
        raise InputError(f"--count: at least 1 was expected, got {arguments.count}")
    if not math.isfinite(arguments.mean):
        raise InputError(f"--mean: a number was expected, got {arguments.mean}")
    if not 0 < arguments.std < math.inf:
        raise InputError(f"--std: a number above 0 was expected, got {arguments.std}")
    if os.path.lexists(arguments.out) and not os.path.isdir(arguments.out):
        raise OutputError(f"{arguments.out}: a folder was expected, but a file is there")


def _layout_of_our_own(kind: str) -> CropLayout:
    from emopoi.runtime.manifest import find_model

    layout = find_model(kind).training_layout
    if layout is None:
        raise ModelFileError(f"model {kind}: its manifest has no training_layout; give --layout")
    return layout


def _layout(text: str) -> CropLayout:
    from emopoi.preprocess import CropLayout

    try:
        eyes, mouth, distance = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(
            f"--layout: three numbers such as 0.39,0.78,0.38 were expected, got {text!r}"
        ) from error
    return CropLayout(eyes, mouth, distance)
