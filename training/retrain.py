"""Teach the expression network labels of one's own, from a folder of pictures for each label.

python -m training.retrain --images Images/ --out my_model [--map labels.json] [--crops] [--json]

2,000 pictures take about a minute of processor time, beside looking for the faces. Two ways are tried:
a new head on the encoder as it is, and from there the encoder's last stage too; pictures that neither
learned from choose. Figures come from a further part that was held back, by source: see docs/retraining.md.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.report import prepare_output_folder, write_text_atomically
from emopoi.runtime.manifest import Manifest, find_model
from emopoi.types.own_labels import OwnLabels
from training.command_line import OneLineParser, run_command
from training.held_figures import held_figures
from training.labelled_pictures import LabelledPictures, Skipped, TightCrop, find_pictures, read_labelled
from training.retrain_parts import enough_pictures, held_part, parts_by_source
from training.split_by_source import PARTS

ENCODER = Path(__file__).parent / "checkpoints" / "emotion.weights.h5"
_EXAMPLES = """\
examples:
  python -m training.retrain --images Images --out my_model
  python -m training.retrain --images Faces --crops --map labels.json --out my_model --json
  emopoi recognize clip.mp4 --model my_model

labels.json, for labels that are neither EmoPOI states (Happy, Worried, Sad, Excited, Exhausted, Frustrated,
Bored, Neutral) nor expressions (angry, disgust, fear, happy, sad, surprise, neutral):
  {"Grumpy": "Frustrated", "Sleepy": "Exhausted"}
"""
_SAMPLES = 256  # for the ranges of int8
_SURE = 100  # validation pictures from which a model may be made surer than it came out


@dataclass(frozen=True)
class RetrainSettings:
    """What is trained; stands in the manifest.

    Attributes:
        crops: the pictures are crops of a face already.
        least: labels with fewer pictures are left out.
        epochs: passes with the last stage; 0 trains the head alone.
        seed: of split, weights and changes.
    """

    crops: bool = False
    least: int = 10
    epochs: int = 12
    seed: int = 1

    def __post_init__(self) -> None:
        if self.least < len(PARTS):
            raise InputError(f"least: at least {len(PARTS)} pictures a label were expected, got {self.least}")
        if not 0 <= self.epochs <= 1000:
            raise InputError(f"epochs: 0 to 1000 were expected, got {self.epochs}")


@dataclass(frozen=True)
class Retrained:
    """What came of it.

    Attributes:
        manifest: of the model's folder; `data["measured"]["held"]` has the figures.
        skipped: pictures that were not used, and why.
    """

    manifest: Manifest
    skipped: tuple[Skipped, ...]


def retrain(
    images: Path,
    out: Path,
    settings: RetrainSettings | None = None,
    *,
    held: Path | None = None,
    meanings: Mapping[str, str | None] | None = None,
    weights: Path = ENCODER,
    precision: str | None = None,
) -> Retrained:
    """Train, freeze, measure and write a model's folder.

    Args:
        images: holds a folder of pictures for each label.
        out: gets graph, labels, manifest, card and confusion picture.
        settings: the choices.
        held: another such folder, for the figures alone; None holds back a part of `images`.
        meanings: of labels that are no states and no expressions.
        weights: `.weights.h5` of the expression network.
        precision: Keras dtype policy while training; None takes what the processor is fastest with.

    Returns:
        The manifest of what was written, and what was skipped.

    Raises:
        InputError: fewer than two labels with enough pictures, or an argument is wrong.
        ModelFileError: the weights are not those of the expression network, or conversion failed.
        OutputError: `out` can not be written.
        MissingPartError: faces have to be looked for, and the detector's models are not there.
    """
    settings = settings or RetrainSettings()
    if not weights.is_file():
        raise InputError(f"{weights}: the expression network's weights were expected there, no such file")
    # Before minutes of reading and training, not after them.
    OwnLabels.of(list(find_pictures(images)), meanings)
    if held is not None:
        find_pictures(held)
    prepare_output_folder(out.resolve().parent)
    if out.exists():
        prepare_output_folder(out)
    emotion = find_model("emotion")
    started = time.monotonic()
    pictures, left_out = enough_pictures(
        read_labelled(images, TightCrop.of(emotion), crops=settings.crops), settings.least
    )
    known = {name: meaning for name, meaning in (meanings or {}).items() if name in pictures.labels}
    labels = OwnLabels.of(pictures.labels, known)
    _tell(pictures, left_out, labels)
    rows, split = parts_by_source(pictures, settings.seed, held is None)
    held_rows = held_part(pictures, rows, held, TightCrop.of(emotion), settings.crops, split)
    read = time.monotonic()

    # TensorFlow takes seconds to load: what can be refused was refused before.
    from training.confusion_picture import draw_confusion
    from training.devices import prepare_backend
    from training.retrained_card import retrained_card
    from training.retrained_folder import RetrainedFolder, shares_of
    from training.transfer import TransferSettings, fit_ways, network_input

    prepare_backend()
    transfer = TransferSettings(epochs=settings.epochs, seed=settings.seed)
    training, validation = rows["training"], rows["validation"]
    with _precision(precision or fast_precision()):
        ways = fit_ways(
            weights,
            pictures.pictures[training],
            pictures.label[training],
            (pictures.pictures[validation], pictures.label[validation]),
            len(labels.names),
            transfer,
        )
    best = min(ways, key=lambda way: way.loss)
    fitted = time.monotonic()
    facts = {
        "way": best.way,
        "ways": [
            {
                "way": way.way,
                "validation_loss": round(way.loss, 4),
                "validation_accuracy": round(way.accuracy, 4),
            }
            for way in ways
        ],
        "recipe": "python -m training.retrain",
        "epochs": transfer.head_epochs + (settings.epochs if best.way == "last stage" else 0),
        "seed": settings.seed,
        "settings": {**asdict(settings), **asdict(transfer)},
        "pictures": pictures.counts(),
        "left_out": left_out,
        "skipped": len(pictures.skipped),
        "split": split,
        "training_layout": emotion.data["training_layout"],
        "licence": {
            "code": emotion.data["licence"]["code"],
            "weights": f"as emotion ({emotion.data['licence']['weights']}), and what holds for the pictures",
        },
    }
    temperature = best.temperature if len(validation) >= _SURE else max(best.temperature, 1.0)
    with RetrainedFolder(out) as folder:
        samples = network_input(pictures.pictures[_some(training, settings.seed)])
        assert emotion.input is not None
        manifest = folder.freeze(best.network, labels, samples, emotion.input, temperature, facts)
        shares = shares_of(manifest, network_input(held_rows[0]))
        figures = held_figures(shares, held_rows[1], labels.names, pictures.label[training])
        seconds = {
            "reading": round(read - started, 1),
            "fitting": round(fitted - read, 1),
            "freezing": round(time.monotonic() - fitted, 1),
        }
        manifest = folder.add_facts({"measured": {"held": figures}, "seconds": seconds})
        title = f"{figures['n']} pictures held back, {100 * figures['accuracy']:.0f} % right"
        confusion = np.array(figures["confusion"]["rows_true"])
        draw_confusion(confusion, labels.names, title, folder.building / "confusion.png")
        write_text_atomically(folder.building / "card.md", retrained_card(manifest))
        manifest = folder.publish()
    return Retrained(manifest, pictures.skipped)


def _tell(pictures: LabelledPictures, left_out: Mapping[str, str], labels: OwnLabels) -> None:
    counts = ", ".join(f"{label} {count}" for label, count in pictures.counts().items())
    for skipped in pictures.skipped:
        print(f"skipped {skipped.path}: {skipped.reason}", file=sys.stderr)
    print(f"{len(pictures)} pictures: {counts}", file=sys.stderr)
    for label, reason in left_out.items():
        print(f"note: label {label} is left out: {reason}", file=sys.stderr)
    if labels.without_meaning:
        print(
            f"note: {', '.join(labels.without_meaning)}: no EmoPOI state and no expression; without --map "
            "places will go by how known and near they are",
            file=sys.stderr,
        )


def _some(rows: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(rows)[:_SAMPLES]


def read_map(path: Path) -> dict[str, str | None]:
    """Read `labels.json`: each own label with its meaning, or null.

    Raises:
        InputError: no such file, or no JSON object of words.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: can not be read ({getattr(error, 'strerror', None) or error})") from error
    if not isinstance(data, dict) or not all(
        value is None or isinstance(value, str) for value in data.values()
    ):
        raise InputError(f'{path}: an object such as {{"Grumpy": "Frustrated"}} was expected')
    return data


def fast_precision() -> str:
    """The Keras dtype policy that this processor is fastest with."""
    try:
        described = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "float32"
    return "mixed_bfloat16" if "avx512_bf16" in described or "amx_bf16" in described else "float32"


def command(words: list[str] | None = None) -> None:
    """Parse the words, retrain, print."""
    parser = OneLineParser(prog="python -m training.retrain", description=__doc__, epilog=_EXAMPLES)
    usual = RetrainSettings()
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR", help="a folder of pictures for each label")
    add("--out", type=Path, required=True, metavar="DIR", help="the model's folder; its name is the model's")
    add("--held", type=Path, metavar="DIR", help="measure on this folder (default: on a part of the images)")
    add("--map", type=Path, metavar="FILE", help="JSON object: own label to EmoPOI state or expression")
    add("--crops", action="store_true", help="the pictures are tight crops of one face: look for none")
    add("--epochs", type=int, default=usual.epochs, metavar="N",
        help="passes with the encoder's last stage; 0: the head alone (default: %(default)s)")  # fmt: skip
    add("--least", type=int, default=usual.least, metavar="N",
        help="leave out labels with fewer pictures (default: %(default)s)")  # fmt: skip
    add("--seed", type=int, default=usual.seed, help="default: %(default)s")
    add("--weights", type=Path, default=ENCODER, metavar="FILE", help="of the expression network")
    add(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        help="default: what this processor is fastest with",
    )
    add("--json", action="store_true", help="print figures and facts as JSON")
    options = parser.parse_args(words)
    settings = replace(
        usual, crops=options.crops, epochs=options.epochs, least=options.least, seed=options.seed
    )
    meanings = read_map(options.map) if options.map else None
    result = retrain(
        options.images,
        options.out,
        settings,
        held=options.held,
        meanings=meanings,
        weights=options.weights,
        precision=options.precision,
    )
    if options.json:
        skipped = [asdict(entry) for entry in result.skipped]
        print(json.dumps({**result.manifest.data, "folder": str(options.out), "skipped": skipped}))
    else:
        print(_summary(result.manifest, options.out))


@contextmanager
def _precision(policy: str) -> Iterator[None]:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _summary(manifest: Manifest, out: Path) -> str:
    data = manifest.data
    held = data["measured"]["held"]
    lines = [
        f"{out}: {len(data['label_map'])} labels, way: {data['way']}",
        f"held part: {held['n']} pictures, accuracy {held['accuracy']:.3f} (always the most frequent label "
        f"{held['chance']:.3f})",
        f"mean recall of the labels {held['balanced_accuracy']:.3f}, {held['times_chance']:.1f} times chance",
    ]
    for label, row in held["by_label"].items():
        recall = "-" if row["recall"] is None else f"{100 * row['recall']:.0f} %"
        lines.append(f"  {label}: {recall} of {row['n']} right")
    if data["skipped"]:
        lines.append(f"{data['skipped']} pictures skipped")
    lines.append(f"use it: emopoi recognize clip.mp4 --model {out}")
    return "\n".join(lines)


def main(words: list[str] | None = None) -> int:
    """Command line; gives the exit status."""
    return run_command(command, words)


if __name__ == "__main__":
    raise SystemExit(main())
