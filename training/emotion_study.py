"""The study behind the expression network's recipe: one change a run.

python -m training.emotion_study --data DATA [--out runs/emotion_study] [--write FILE] [NAME ...]

Every run trains the network from scratch on crops of 32 px (half the arithmetic of the full
size) and scores public_test: single crop, with a mirrored view (test-time augmentation), macro-F1
and the calibration error before and after a temperature that every second row fits. Runs that are
done are not repeated. `--list` names the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.metrics import confusion_matrix, expected_calibration_error, macro_f1
from emopoi.export.input_levels import MEAN, STD
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.runtime.probabilities import softmax
from training.calibrate import fit_temperature
from training.emotion_recipe import EmotionRecipe, resized
from training.fer2013 import load_faces
from training.loop import LoopSettings
from training.recipe_options import run_recipe
from training.run_folder import RunFolder, load_weights
from training.train_emotion import FROM_SCRATCH, train

EPOCHS = 15
TRAINED = Path(__file__).parent / "checkpoints" / "emotion.weights.h5"
"""What the shipped network was made of: the teacher of the run that learns from one."""
BEGIN, END = "<!-- runs -->", "<!-- end of runs -->"
_SGD = LoopSettings(epochs=EPOCHS)
_MUON = replace(FROM_SCRATCH.loop, epochs=EPOCHS, fall_epochs=0.0)
_PLAIN = EmotionRecipe(_SGD, picture=36, crop=32, smoothing=0.0, ferplus=False)
_SMOOTH = replace(_PLAIN, smoothing=0.1)
_HEAD = replace(_SMOOTH, ferplus=True)
_BLEND = replace(_HEAD, votes=FROM_SCRATCH.votes, smoothing=FROM_SCRATCH.smoothing)
_FAST = replace(_BLEND, loop=_MUON)

RUNS: dict[str, tuple[str, EmotionRecipe]] = {
    "plain": ("SGD, hard FER-7 labels", _PLAIN),
    "smoothing": ("plain + label smoothing .1", _SMOOTH),
    "mixup": ("smoothing + mixup .2", replace(_SMOOTH, loop=replace(_SGD, mixup=0.2))),
    "votes_head": ("smoothing + second head on FER+ vote shares", _HEAD),
    "votes_blend": ("votes_head + .1 of the FER-7 target from the votes", _BLEND),
    "averaging": (
        "votes_blend + weight averaging (EMA .998)",
        replace(_BLEND, loop=replace(_SGD, ema=0.998)),
    ),
    "sharpness": ("votes_blend + SAM .05", replace(_BLEND, sharpness=0.05)),
    "distil": (
        "votes_blend + half of each FER-7 target from a trained network",
        replace(_BLEND, teacher=TRAINED),
    ),
    "muon": ("votes_blend with Muon instead of SGD", _FAST),
    "muon_mixup": ("muon + mixup .2", replace(_FAST, loop=replace(_MUON, mixup=0.2))),
}


def score(recipe: EmotionRecipe, weights: Path, pictures: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """What a trained network is worth on labelled pictures.

    Args:
        recipe: tells widths and crop.
        weights: `.weights.h5` of the network.
        pictures: uint8 (N, 48, 48, 1).
        labels: int64 (N,) FER-7.
    """
    network = build_emotion_network(EmotionConfig(size=recipe.crop, encoder=recipe.encoder))
    load_weights(network, weights)
    start = (recipe.picture - recipe.crop) // 2
    cut = slice(start, start + recipe.crop)
    faces = (resized(pictures, recipe.picture)[:, cut, cut].astype(np.float32) - MEAN) / STD
    plain, mirrored = (
        network.predict(f, batch_size=512, verbose=0)["fer7"] for f in (faces, faces[:, :, ::-1])
    )
    temperature = fit_temperature(plain[::2], labels[::2])
    both = softmax(plain) + softmax(mirrored)
    return {
        "accuracy": float(np.mean(plain.argmax(1) == labels)),
        "accuracy_mirrored_too": float(np.mean(both.argmax(1) == labels)),
        "macro_f1": macro_f1(confusion_matrix(labels, plain.argmax(1), 7)),
        "ece": expected_calibration_error(softmax(plain), labels),
        "ece_with_temperature": expected_calibration_error(softmax(plain[1::2], temperature), labels[1::2]),
    }


def run(name: str, data: Path, out: Path) -> dict:
    """Train and score one run; its line of results."""
    change, recipe = RUNS[name]
    train(recipe, data, out / name, resume=True)
    keras.backend.clear_session()
    valid = load_faces(data / "fer2013" / "public_test.parquet")
    line = {"name": name, "change": change, "epochs": recipe.loop.epochs}
    line["seconds"] = round(sum(row["seconds"] for row in RunFolder(out / name).rows()))
    return line | score(recipe, out / name / "emotion.weights.h5", valid.pictures, valid.fer7)


def table(lines: list[dict]) -> str:
    """The results as Markdown."""
    names = ("accuracy", "accuracy_mirrored_too", "macro_f1", "ece", "ece_with_temperature")
    rows = [
        "| run | change | epochs | seconds | " + " | ".join(names) + " |",
        "|---" * (4 + len(names)) + "|",
    ]
    for line in lines:
        figures = " | ".join(f"{line[name]:.4f}" for name in names)
        rows.append(
            f"| {line['name']} | {line['change']} | {line['epochs']} | {line['seconds']} | {figures} |"
        )
    return "\n".join(rows) + "\n"


def write_table(path: Path, text: str) -> None:
    """Put a table between the marks of a Markdown file, in place of what stood there.

    Raises:
        InputError: the file has no marks.
    """
    page = path.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{path}: the marks {BEGIN} and {END} were expected")
    temporary = path.with_suffix(".writing")
    temporary.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    os.replace(temporary, path)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="runs (default: all)")
    parser.add_argument("--list", action="store_true", help="name the runs and stop")
    parser.add_argument("--data", type=Path, help="folder that holds fer2013/")
    parser.add_argument("--out", type=Path, default=Path("runs/emotion_study"))
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the file's marks")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(RUNS)
    if unknown or (options.data is None and not options.list):
        parser.error(
            f"no run is called {sorted(unknown)}; --list names them" if unknown else "--data is missing"
        )
    if options.list:
        print("\n".join(f"{name}: {change}" for name, (change, _) in RUNS.items()))
        return
    results = options.out / "results.jsonl"
    lines = [json.loads(text) for text in results.read_text().splitlines()] if results.exists() else []
    for name in options.names or RUNS:
        if name in {line["name"] for line in lines}:
            continue
        print(f"run {name}: {RUNS[name][0]}", file=sys.stderr, flush=True)
        lines.append(run(name, options.data, options.out))
        results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    lines.sort(key=lambda line: list(RUNS).index(line["name"]))
    print(table(lines), end="")
    if options.write:
        write_table(options.write, table(lines))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
