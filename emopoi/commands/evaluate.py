"""`emopoi evaluate`: score a model on a labelled file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import FindFaces
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import find_model

HELP = "score a model on a labelled file"

TASKS = ("emotion", "age-gender")

_EPILOG = """\
examples:
  emopoi evaluate emotion faces.parquet --json
  emopoi evaluate emotion folder_of_labels/ --map labels.json
  emopoi evaluate age-gender valid.parquet --model multi_head --detect

FILE is parquet with a column `image` (JPEG or PNG bytes) and `label` 0..6 or `label_name` (emotion),
or `age`, `gender`, `age_min`, `age_max` (age-gender). For emotion it may be a folder with one folder
a label. By default the model that `emopoi recognize` uses is scored, single crop.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("task", choices=TASKS, help="what is labelled")
    add("file", type=Path, metavar="FILE", help="labelled pictures")
    add("--model", metavar="NAME", help="frozen model or its folder (default: emotion, age_gender)")
    add("--variant", metavar="NAME", help="int8 or float16 (default: the manifest's)")
    add("--detect", action="store_true", help="find and crop the face first, as on the device; count misses")
    add("--map", type=Path, metavar="FILE", help='JSON {"your label": "happy", ...} for other labels')
    add("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Score and print.

    Raises:
        EmopoiError: the file or the model can not be used.
    """
    from emopoi.evaluation.age_gender import evaluate_age_gender
    from emopoi.evaluation.emotion import evaluate_emotion
    from emopoi.evaluation.label_map import read_label_map

    name = arguments.model or arguments.task.replace("-", "_")
    manifest = find_model(name)
    wanted = {"emotion": ("emotion", "multi_head"), "age-gender": ("age_gender", "multi_head")}
    if manifest.task not in wanted[arguments.task]:
        raise InputError(f"model {name} is for {manifest.task}, not for {arguments.task}")
    if arguments.map and arguments.task != "emotion":
        raise InputError("--map is for emotion labels")
    model = FrozenModel(manifest, arguments.variant)
    find_faces = _finder() if arguments.detect else None
    if arguments.task == "emotion":
        labels = read_label_map(arguments.map) if arguments.map else None
        result = evaluate_emotion(arguments.file, model, find_faces=find_faces, label_map=labels)
    else:
        result = evaluate_age_gender(arguments.file, model, find_faces=find_faces)
    result |= {"model": manifest.name, "variant": model.variant, "file": arguments.file.name}
    print(json.dumps(result) if arguments.json else _as_text(result))
    return 0


def _finder() -> FindFaces:
    from emopoi.vision.blazeface_detector import BlazeFaceDetector

    return BlazeFaceDetector().detect


def _as_text(result: dict[str, Any]) -> str:
    lines = []
    for name, value in result.items():
        if isinstance(value, float):
            lines.append(f"{name:20} {value:.4f}")
        elif name == "confusion":
            lines += _confusion(value)
        elif isinstance(value, dict):
            lines.append(name)
            for key, group in value.items():
                figures = "  ".join(
                    f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in group.items()
                )
                lines.append(f"  {key:18} {figures}")
        else:
            lines.append(f"{name:20} {value}")
    return "\n".join(lines)


def _confusion(value: dict[str, Any]) -> list[str]:
    labels = value["labels"]
    lines = [
        "confusion (rows: labelled, columns: found)",
        " " * 10 + "".join(f"{label:>9}" for label in labels),
    ]
    rows = zip(labels, value["rows_true"], strict=True)
    return lines + [f"{label:>9} " + "".join(f"{count:9d}" for count in row) for label, row in rows]
