"""`emopoi export`: trained Keras weights to a frozen TFLite model."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emopoi.errors import InputError, MissingPartError, ModelFileError, OutputError
from emopoi.export.input_levels import MEAN, STD

if TYPE_CHECKING:
    import numpy as np

    from emopoi.export.kinds import Kind
    from emopoi.preprocess import CropLayout, InputSpec
    from emopoi.runtime.manifest import Manifest

HELP = "turn trained Keras weights into a frozen TFLite model"

_EPILOG = """\
examples:
  emopoi export emotion runs/emotion/emotion.weights.h5 --samples train.parquet --out my_models/emotion
  emopoi export emotion --data public_test.parquet --out my_models/emotion --variants int8,dynamic
  emopoi export emotion_time runs/emotion_time/emotion_time.weights.h5 --samples samples.npz --out my_time

Writes a .tflite file for each variant, manifest.json and golden.npz. Each conversion runs in a process of
its own; each file is compared with the Keras network on every TFLite runtime that is installed and says
what it is by a metadata.json inside (unzip -p model.tflite metadata.json). The samples (parquet with a
column `image`, tight face crops; npz with the inputs for networks that read no pixels) give int8 its
ranges and the comparison its inputs. With --data, a labelled file, the Keras network and all files are
scored. Needs TensorFlow.
"""

VARIANTS = "int8,float16,float32,dynamic"
LARGEST_DROP = 0.005
"""Accuracy that int8 may lose against the Keras network: half a point."""
_CHECKPOINTS = Path(__file__).parents[2] / "training" / "checkpoints"
_EXPRESSION, _PERSON = ("emotion", "multi_head"), ("age_gender", "multi_head")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add(
        "kind",
        metavar="NAME",
        help="which network: emotion, age_gender, ...; or WEIGHTS called NAME.weights.h5",
    )
    add(
        "weights", type=Path, nargs="?", metavar="WEIGHTS",
        help="the .weights.h5 file of a training run (default: training/checkpoints/NAME.weights.h5)",
    )  # fmt: skip
    add("--out", type=Path, required=True, metavar="DIR", help="the model's folder; its name is the model's")
    add("--samples", type=Path, metavar="FILE", help="real inputs (default: those of --data)")
    add("--data", type=Path, metavar="FILE", help="labelled parquet: score the Keras network and every file")
    add("--variants", default=VARIANTS, metavar="LIST", help="the first is the default (%(default)s)")
    add("--layout", metavar="EYES_Y,MOUTH_Y,EYE_DISTANCE", help="where the samples have eyes and mouth, 0..1")
    add("--count", type=int, default=256, help="samples used (default: %(default)s)")
    add("--mean", type=float, default=MEAN, help="subtracted from grey levels (default: %(default)s)")
    add("--std", type=float, default=STD, help="divided by (default: %(default)s)")
    add("--head", type=Path, metavar="FILE", help="that the network's coefficients are of")
    add("--licence", default="not stated", help="of the weights, for the manifest")
    add("--json", action="store_true", help="print the manifest")


def run(arguments: argparse.Namespace) -> int:
    """Convert, compare, score, write.

    Raises:
        EmopoiError: an option, weights, samples or conversion are wrong.
    """
    name, weights = _name_and_weights(arguments)
    variants = _check(arguments, weights)
    # TensorFlow tells of processors and drivers; what matters of it comes as an error.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from emopoi.export.freeze import freeze
        from emopoi.export.kinds import KINDS
    except ImportError as error:
        raise MissingPartError(
            f"export needs TensorFlow and Keras: pip install tensorflow keras ({error})"
        ) from error

    try:
        kind = KINDS[name]
    except KeyError:
        raise InputError(f"no network {name!r} (known: {', '.join(KINDS)})") from None
    if arguments.data and kind.task not in (*_EXPRESSION, *_PERSON):
        raise InputError(f"--data: only networks that read faces are scored, {name} does not")
    facts = _facts(name, arguments, weights)
    temperature = facts.pop("temperature", 1.0)
    spec = None
    if kind.channels:
        layout = _layout(arguments.layout) if arguments.layout else _layout_of_our_own(name)
        spec = _spec(kind, arguments, layout)
        facts |= {"training_layout": layout.to_dict(), "person_layout": layout.to_dict()}
        samples = _face_samples(arguments, spec, layout)
    else:
        samples = _sequence_samples(name, weights, arguments)
    manifest = freeze(
        name, weights, samples, arguments.out,
        input_spec=spec, facts=facts, variants=variants, default=variants[0], temperature=temperature,
    )  # fmt: skip
    if arguments.data:
        manifest = _score(manifest, name, weights, arguments.data)
    _tell(manifest, as_json=arguments.json)
    return 0


def _name_and_weights(arguments: argparse.Namespace) -> tuple[str, Path]:
    """One word is a network by name, with the weights that lie here, or weights that tell their name."""
    name, weights = arguments.kind, arguments.weights
    if weights is not None:
        return name, weights
    if name.endswith((".h5", ".keras")) or os.sep in name:
        return Path(name).name.split(".")[0], Path(name)
    weights = _CHECKPOINTS / f"{name}.weights.h5"
    if not os.path.isfile(weights):
        raise InputError(f"no weights of {name!r} lie here ({weights.name}): name the file of a training run")
    return name, weights


def _facts(name: str, arguments: argparse.Namespace, weights: Path) -> dict[str, Any]:
    """What the manifest says beside the files; of the weights that lie here more is known."""
    facts: dict[str, Any] = {"licence": {"code": "Apache-2.0", "weights": arguments.licence}}
    if weights.parent == _CHECKPOINTS:
        from emopoi.runtime.manifest import find_model

        ours = find_model(name).data
        known = ("temperature", "age_temperature", "licence", "recipe", "epochs", "seed")
        facts |= {key: ours[key] for key in known if key in ours}
    if arguments.head:
        from emopoi.head.fingerprint import head_fingerprint
        from emopoi.head.head_model import HeadModel

        facts["head_fingerprint"] = head_fingerprint(HeadModel.load(arguments.head))
    return facts


def _check(arguments: argparse.Namespace, weights: Path) -> tuple[str, ...]:
    """What can be told before TensorFlow is loaded; returns the variants."""
    if not os.path.isfile(weights):
        raise InputError(f"{weights}: no such file")
    if arguments.samples is None and arguments.data is None:
        raise InputError("--samples FILE (real inputs) or --data FILE (labelled pictures) was expected")
    if arguments.count < 1:
        raise InputError(f"--count: at least 1 was expected, got {arguments.count}")
    if not math.isfinite(arguments.mean):
        raise InputError(f"--mean: a number was expected, got {arguments.mean}")
    if not 0 < arguments.std < math.inf:
        raise InputError(f"--std: a number above 0 was expected, got {arguments.std}")
    if os.path.lexists(arguments.out) and not os.path.isdir(arguments.out):
        raise OutputError(f"{arguments.out}: a folder was expected, but a file is there")
    variants = tuple(dict.fromkeys(part.strip() for part in arguments.variants.split(",")))
    unknown = set(variants) - set(VARIANTS.split(","))
    if unknown:
        raise InputError(f"--variants: some of {VARIANTS} were expected, got {arguments.variants!r}")
    return variants


def _spec(kind: Kind, arguments: argparse.Namespace, layout: CropLayout) -> InputSpec:
    from emopoi.preprocess import InputSpec

    return InputSpec(kind.size, kind.channels, arguments.mean, arguments.std, layout.of_centre(*kind.window))


def _face_samples(
    arguments: argparse.Namespace, spec: InputSpec, layout: CropLayout
) -> dict[str, np.ndarray[Any, Any]]:
    from emopoi.evaluation.face_samples import face_samples

    return {"face": face_samples(arguments.samples or arguments.data, spec, layout, arguments.count)}


def _sequence_samples(
    name: str, weights: Path, arguments: argparse.Namespace
) -> dict[str, np.ndarray[Any, Any]]:
    import numpy as np

    from emopoi.export.sequence_samples import sequence_samples

    try:
        stored = np.load(arguments.samples, allow_pickle=False)
        arrays = {key: stored[key] for key in stored.files}
    except (OSError, ValueError, AttributeError, EOFError) as error:
        raise InputError(
            f"{arguments.samples}: an npz file of float arrays was expected ({error})"
        ) from error
    samples = sequence_samples(name, weights, arrays)
    return {key: value[: arguments.count] for key, value in samples.items()}


def _score(manifest: Manifest, name: str, weights: Path, data: Path) -> Manifest:
    """Score the Keras network and every file on labelled pictures, and write it down."""
    from emopoi.export.freeze import write_json
    from emopoi.export.keras_reader import KerasReader
    from emopoi.runtime.frozen_model import FrozenModel

    keras = _figures(KerasReader(manifest, name, weights), data)
    measured = {variant: _figures(FrozenModel(manifest, variant), data) for variant in manifest.files}
    write_json(
        manifest.folder / "manifest.json",
        {**manifest.data, "scored_on": data.name, "keras": keras, "measured": measured},
    )
    for variant, figures in measured.items():
        for figure, value in figures.items():
            drop = keras[figure] - value
            if figure.endswith("accuracy") and drop > LARGEST_DROP:
                print(
                    f"emopoi: {variant} loses {100 * drop:.2f} points of {figure} against the Keras network "
                    f"(at most {100 * LARGEST_DROP:g} was expected)",
                    file=sys.stderr,
                )
    return type(manifest).read(manifest.folder)


def _figures(model: Any, data: Path) -> dict[str, float]:
    from emopoi.evaluation.age_gender import evaluate_age_gender
    from emopoi.evaluation.emotion import evaluate_emotion

    task = model.manifest.task
    columns = _columns(data)
    result: dict[str, Any] = {}
    if task in _EXPRESSION and {"label", "label_name"} & columns:
        result |= evaluate_emotion(data, model)
    if task in _PERSON and {"age", "gender", "age_min"} & columns:
        result |= evaluate_age_gender(data, model)
    if not result:
        raise InputError(f"{data}: no labels for {task} (it has: {', '.join(sorted(columns))})")
    names = ("accuracy", "macro_f1", "ferplus_accuracy", "age_mae", "gender_accuracy")
    return {name: result[name] for name in names if name in result}


def _columns(data: Path) -> set[str]:
    from emopoi.evaluation.faces_of_table import read_columns

    wanted = ("label", "label_name", "age", "gender", "age_min")
    return set(read_columns(data, ["image"], wanted))


def _tell(manifest: Manifest, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(manifest.data))
        return
    for variant, file in manifest.files.items():
        print(f"{manifest.folder / file.path}  {variant}  {file.bytes} bytes  sha256 {file.sha256[:12]}")
    for variant, figures in {
        "keras": manifest.data.get("keras"),
        **manifest.data.get("measured", {}),
    }.items():
        if figures:
            words = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
            print(f"{variant:8} {words}")


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
