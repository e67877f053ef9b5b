"""Put the figures of the study into docs/3d-study.md.

python -m training.expression3d.study --data DATA --runs runs/expression3d [--write docs/3d-study.md]

Reads what `train_networks` and `degraded` have left in RUNS and the manifests of the shipped models; the
tables between the page's marks are written anew, everything else on it is text. Pictures go beside the page.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.head.face_numbers import TURN_SHARE
from emopoi.runtime.manifest import find_model
from emopoi.types.labels import FER7
from training.expression3d.fusion import fusion_figures
from training.expression3d.image_answers import image_answers
from training.expression3d.labelled_points import VALID, validation_points
from training.expression3d.representations import NETWORKS
from training.expression3d.transfer import NAME as TRANSFER
from training.fer2013 import load_faces
from training.recipe_options import existing_folder, run_recipe
from training.run_folder import replace_file

UNTAUGHT = "untaught"
"""Folder in RUNS of runs with --teacher 0."""
_LEFT_OUT = "not trained"
_YAWS_DEG = (0, 10, 20, 30, 40, 90)


def tables(data: Path, runs: Path, points: Path) -> dict[str, list[str]]:
    """Markdown lines by the name of their mark.

    Args:
        data: holds fer2013/.
        runs: holds a folder for each network, and degraded.json.
        points: folder of the tables of points.
    """
    figures = {name: _read(runs / name / "figures.json") for name in NETWORKS}
    return {
        "networks": _networks(figures, _read(runs / TRANSFER / "figures.json")),
        "classes": _classes({name: one for name, one in figures.items() if one}),
        "fusion": _fusion(data, runs, points),
        "yaw": _by_yaw(data, runs, points),
        "robustness": _robustness(_read(runs / "degraded.json")),
    }


def filled(text: str, lines_of: dict[str, list[str]]) -> str:
    """The page with new tables.

    Raises:
        InputError: a mark is missing.
    """
    for name, lines in lines_of.items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        if not (mark and end):
            raise InputError(f"marks of {name} were expected")
        text = before + mark + "\n".join(lines) + "\n" + end + after
    return text


def _networks(figures: dict[str, dict[str, Any] | None], transferred: dict[str, Any] | None) -> list[str]:
    lines = [
        "| network | reads | accuracy, all 3,589 | found faces | macro-F1 | parameters | KB | training, s | "
        "ms a face |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, told in figures.items():
        about = NETWORKS[name].about
        if told is None:
            lines.append(f"| {name} | {about} | {_LEFT_OUT} | | | | | | |")
            continue
        lines.append(
            f"| {name} | {about} | {_percent(told['accuracy'])} | {_percent(told['accuracy_found'])} | "
            f"{told['macro_f1']:.3f} | {told['parameters']:,} | {told['parameters'] * 4 / 1000:,.0f} | "
            f"{told['seconds']:.0f} | {told['ms_a_face']:.3f} |"
        )
    for name, reads in (
        ("coefficient_emotion", "coefficients of the head, perceptron (shipped, int8)"),
        ("landmark_emotion", "the shipped int8 file of the first row"),
        ("emotion", "pixels: the shipped network of pictures, int8"),
    ):
        manifest = find_model(name)
        measured = manifest.data["measured"]["int8"]
        told = measured.get("fer2013_public_test", measured)
        size = manifest.files["int8"].bytes / 1000
        lines.append(
            f"| {name}, shipped | {reads} | {_percent(told['accuracy'])} | "
            f"{_percent(told.get('accuracy_found'))} | "
            f"{told['macro_f1']:.3f} | {manifest.data['parameters']:,} | {size:,.0f} | | |"
        )
    if transferred:
        lines.append(
            f"| {TRANSFER} | pixels: feature maps of an encoder that learned points alone, perceptron | "
            f"{_percent(transferred['accuracy'])} | {_percent(transferred['accuracy_found'])} | "
            f"{transferred['macro_f1']:.3f} | {transferred['parameters']:,} | "
            f"{transferred['parameters'] * 4 / 1000:,.0f} | {transferred['seconds']:.0f} | |"
        )
    return lines


def _classes(figures: dict[str, dict[str, Any]]) -> list[str]:
    lines = ["| network | " + " | ".join(FER7) + " |", "|---" * (len(FER7) + 1) + "|"]
    for name, told in figures.items():
        lines.append(f"| {name} | " + " | ".join(f"{told['by_class'][label]:.2f}" for label in FER7) + " |")
    measured = find_model("emotion").data["measured"]["int8"]["fer2013_public_test"]
    confusion = np.array(measured["confusion"]["rows_true"])
    shares = np.diag(confusion) / confusion.sum(axis=1)
    return [*lines, "| pixels | " + " | ".join(f"{share:.2f}" for share in shares) + " |"]


def _fusion(data: Path, runs: Path, points: Path) -> list[str]:
    faces = load_faces(data / VALID)
    labels = np.full(faces.rows.max() + 1, -1)
    labels[faces.rows] = faces.fer7
    lines = ["| points by | pixels alone | points alone | together | gain |", "|---|---|---|---|---|"]
    pixels = image_answers(data / VALID, points, mirrored=False)
    trained = {name: runs / name for name in NETWORKS} | {
        f"{name}, without the pixels' network as teacher": runs / UNTAUGHT / name for name in NETWORKS
    }
    for about, run in trained.items():
        stored = run / "answers.npz"
        if not stored.is_file():
            continue
        with np.load(stored) as answers:
            rows = answers["rows"]
            told = fusion_figures(pixels[rows], answers["answers"], labels[rows])
        lines.append(
            f"| {about} | {_percent(told['pixels'])} | {_percent(told['points'])} | "
            f"{_percent(told['fused'])} | "
            f"{100 * told['gain']:+.2f} ± {100 * told['standard_error']:.2f} points |"
        )
    return lines


def _by_yaw(data: Path, runs: Path, points: Path) -> list[str]:
    """Faces that turn by themselves, all of public_test."""
    stored = runs / "landmark_emotion" / "answers.npz"
    if not stored.is_file():
        return [_LEFT_OUT]
    faces = validation_points(data, points)
    yaws = np.abs(np.degrees(faces.faces[:, -2] / TURN_SHARE))
    pixels = image_answers(data / VALID, points, mirrored=False)[faces.rows].argmax(axis=1)
    with np.load(stored) as content:
        told = dict(zip(content["rows"].tolist(), content["answers"].argmax(axis=1).tolist(), strict=True))
    by_points = np.array([told.get(row, -1) for row in faces.rows.tolist()])
    lines = ["| turned to the side by, degrees | faces | landmarks | pixels |", "|---|---|---|---|"]
    for low, high in itertools.pairwise(_YAWS_DEG):
        chosen = (yaws >= low) & (yaws < high) & (by_points >= 0)
        if chosen.any():
            shares = [_percent(float((one == faces.labels)[chosen].mean())) for one in (by_points, pixels)]
            lines.append(f"| {low} to {high} | {chosen.sum():,} | {shares[0]} | {shares[1]} |")
    return lines


def _robustness(told: dict[str, Any] | None) -> list[str]:
    if told is None:
        return ["not measured yet"]
    lines = ["| change | amount | faces | landmarks | pixels | faces believed |", "|---|---|---|---|---|---|"]
    for change, levels in told.items():
        for amount, one in levels.items():
            lines.append(
                f"| {change} | {amount} | {one['n']:,} | {_percent(one['landmarks'])} | "
                f"{_percent(one['pixels'])} | {_percent(one['believed'])} |"
            )
    return lines


def _read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text()) if file.is_file() else None


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=existing_folder, required=True)
    parser.add_argument("--runs", type=existing_folder, default=Path("runs/expression3d"))
    parser.add_argument(
        "--points", type=Path, metavar="DIR", help="where points are kept (default: RUNS/tables)"
    )
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    lines = tables(options.data, options.runs, options.points or options.runs / "tables")
    if not options.write:
        print("\n\n".join("\n".join(one) for one in lines.values()))
        return
    page = filled(options.write.read_text(encoding="utf-8"), lines)
    replace_file(options.write, lambda file: file.write_text(page, encoding="utf-8"))
    for name in ("robustness.png", "representations.png"):
        if (options.runs / name).is_file():
            pictures = options.write.parent / "pictures"
            pictures.mkdir(exist_ok=True)
            shutil.copyfile(options.runs / name, pictures / f"expression3d_{name}")


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
