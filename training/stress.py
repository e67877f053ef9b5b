"""Validation faces made worse step by step: what each shipped file on pictures still tells.

python -m training.stress --data DATA [--faces 300] [--picture FILE.png] [--write FILE.md] [NAME ...]

Compression, blur, cover, darkness and turns in the picture (`training.worse_pictures`), each by five amounts,
on faces of the file that the audit scores a network on, evenly over it, through the device's readers. `found`
is the share of faces that the device's detector still finds, with a grey border around the tight crop. Each
figure has a 95 % interval. Prints a line of JSON for each network and change.

example: python -m training.stress --data DATA --faces 300 emotion --picture curves.png
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.evaluation.faces_of_table import number_column, tight_input
from emopoi.evaluation.metrics import distribution_median
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from emopoi.runtime.probabilities import sigmoid, softmax
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.types.labels import AGES
from training.audit.face_sets import FER, UTK, WEBCAM, FaceSet
from training.audit.intervals import mean_interval
from training.command_line import OneLineParser, run_command
from training.face3d.study import put_between
from training.recipe_options import existing_folder, positive
from training.worse_pictures import CHANGES, LEVELS, UNITS, told_amount

MARK = "stress"
_SEED = 0

Values = dict[str, float]
"""What a network said of one picture, by what is measured; NaN where the picture does not count."""


class _Expression:
    """`emotion` and its like: whether the labelled expression is named."""

    file = FER

    def __init__(self, name: str, faces: FaceSet) -> None:
        self._model, self._faces = FrozenModel.load(name), faces

    def read(self, row: int, picture: np.ndarray) -> Values:
        outputs = self._outputs(picture)
        return {"accuracy": float(outputs["fer7"].argmax() == self._faces.columns["label"][row])}

    def _outputs(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        spec = self._model.manifest.input
        assert spec is not None
        return self._model.run_face(tight_input(picture, spec, self._faces.layout))


class _Points:
    """`landmark_emotion`: points found anew in the worse picture."""

    file = FER

    def __init__(self, name: str, faces: FaceSet) -> None:
        from training.expression3d.landmark_table import PointFinder

        self._reader = LandmarkEmotionReader(load_head(), FrozenModel.load(name))
        self._finder, self._faces = PointFinder(), faces

    def read(self, row: int, picture: np.ndarray) -> Values:
        found = self._finder.find(picture)
        told = self._reader.prior if found is None else self._reader.read(found[0])
        return {"accuracy": float(told.argmax() == self._faces.columns["label"][row])}


class _Person:
    """`age_gender`: years apart from the label, and gender."""

    file = UTK

    def __init__(self, name: str, faces: FaceSet) -> None:
        self._model, self._faces = FrozenModel.load(name), faces
        self._ages = np.minimum(number_column(faces.columns, "age", faces.data / UTK), AGES - 1)

    def read(self, row: int, picture: np.ndarray) -> Values:
        manifest = self._model.manifest
        assert manifest.input is not None
        told = self._model.run_face(tight_input(picture, manifest.input, self._faces.layout))
        shares = softmax(told["age"], manifest.age_temperature)
        female = sigmoid(told["female"][0]) > 0.5
        return {
            "age error, years": abs(float(distribution_median(shares[None])[0]) - self._ages[row]),
            "gender accuracy": float(female == (self._faces.columns["gender"][row] == "female")),
        }


class _Webcam:
    """`states`: whether strongly shown boredom and frustration are told from none."""

    file = WEBCAM

    def __init__(self, name: str, faces: FaceSet) -> None:
        self._frames, self._faces = FrozenModel.load("emotion"), faces
        self._reader = FrozenStatesReader(FrozenModel.load(name), self._frames.manifest)

    def read(self, row: int, picture: np.ndarray) -> Values:
        spec = self._frames.manifest.input
        assert spec is not None
        told = self._reader.read(self._frames.run_face(tight_input(picture, spec, self._faces.layout)))
        values = {}
        for state, chance in told.items():
            level = self._faces.columns[state][row]
            # Level 1 is neither shown nor absent, as in `emopoi evaluate states`.
            values[f"{state} told right"] = np.nan if level == 1 else float((chance > 0.5) == (level > 1))
        return values


class _Found:
    """The device's detector, which all of them stand behind."""

    file = UTK

    def __init__(self, name: str, faces: FaceSet) -> None:
        from emopoi.vision.blazeface_detector import BlazeFaceDetector

        self._detector = BlazeFaceDetector()

    def read(self, row: int, picture: np.ndarray) -> Values:
        side = max(picture.shape[:2]) // 2
        room = np.full((4 * side, 4 * side, 3), 127, np.uint8)
        height, width = picture.shape[:2]
        room[side : side + height, side : side + width] = picture
        return {"found": float(bool(self._detector.detect(room)))}


READERS: dict[str, Callable[[str, FaceSet], Any]] = {
    "emotion": _Expression,
    "multi_head": _Expression,
    "landmark_emotion": _Points,
    "age_gender": _Person,
    "states": _Webcam,
    "face detector": _Found,
}
"""Networks on pictures, by what is loaded; `multi_head` by its expressions."""


def stress(name: str, change: str, data: Path, faces: int) -> list[dict[str, Any]]:
    """One network under one change.

    Args:
        name: of `READERS`.
        change: of `CHANGES`.
        data: holds the labelled faces.
        faces: how many, evenly over the file.

    Returns:
        For each amount and measure: name, change, amount, measure, n, value, low and high.
    """
    kind = READERS[name]
    rows = FaceSet(kind.file, data, Path(), faces)
    reader = kind(name, rows)
    lines = []
    for amount in LEVELS:
        random = np.random.default_rng(_SEED)
        told = [
            reader.read(row, CHANGES[change](picture, amount, random))
            for row, picture in enumerate(progress(rows.pictures, len(rows), f"{name}, {change} {amount:g}"))
        ]
        for measure in told[0]:
            values = np.array([one[measure] for one in told])
            values = values[~np.isnan(values)]
            figures = mean_interval(values).as_dict()
            lines.append(
                {"name": name, "change": change, "amount": amount, "measure": measure, "n": len(values)}
                | figures
            )
    return lines


def table(lines: list[dict[str, Any]]) -> list[str]:
    """As Markdown: a row for each network, measure and change, a column for each amount."""
    rows = []
    for change in CHANGES:
        told = " | ".join(told_amount(change, amount) for amount in LEVELS)
        rows += [f"**{change}** ({UNITS[change]}):", "", f"| file | measure | n | {told} |"]
        rows.append("|---" * (3 + len(LEVELS)) + "|")
        measures = dict.fromkeys((one["name"], one["measure"]) for one in lines if one["change"] == change)
        for name, measure in measures:
            found = [
                one
                for one in lines
                if (one["name"], one["measure"], one["change"]) == (name, measure, change)
            ]
            digits = 1 if "years" in measure else 2
            cells = [f"{one['value']:.{digits}f} ± {_half(one):.{digits}f}" for one in found]
            rows.append(f"| {name} | {measure} | {found[0]['n']} | {' | '.join(cells)} |")
        rows.append("")
    return rows[:-1]


def _half(line: dict[str, Any]) -> float:
    """The longer side of an interval."""
    return max(line["high"] - line["value"], line["value"] - line["low"])


def draw(lines: list[dict[str, Any]], path: Path) -> None:
    """The curves as a picture: a column for each change, shares above and years below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from training.run_folder import replace_file

    figure = Figure(figsize=(12, 6.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(CHANGES), sharey="row", height_ratios=(2, 1), squeeze=False)
    names = list(dict.fromkeys((one["name"], one["measure"]) for one in lines))
    for column, change in enumerate(CHANGES):
        for number, (name, measure) in enumerate(names):
            found = [
                one
                for one in lines
                if (one["name"], one["measure"], one["change"]) == (name, measure, change)
            ]
            years = "years" in measure
            axis = axes[1 if years else 0, column]
            factor = 1.0 if years else 100.0
            values = [factor * one["value"] for one in found]
            axis.plot(values, "os^vDPX"[number % 7], ls="-", c=f"C{number}", ms=4, label=f"{name}: {measure}")
            axis.fill_between(
                range(len(found)), [factor * one["low"] for one in found],
                [factor * one["high"] for one in found], color=f"C{number}", alpha=0.12, lw=0,
            )  # fmt: skip
        for axis in axes[:, column]:
            axis.set_xticks(
                range(len(LEVELS)), [told_amount(change, amount) for amount in LEVELS], fontsize=7
            )
            axis.tick_params(axis="x", rotation=30)
            axis.grid(axis="y", color="#dddddd", lw=0.7)
            for side in ("top", "right"):
                axis.spines[side].set_visible(False)
        axes[0, column].set_title(change)
        axes[1, column].set_xlabel(UNITS[change], fontsize=8)
    axes[0, 0].set_ylabel("right, %")
    axes[0, 0].set_ylim(0, 102)
    axes[1, 0].set_ylabel("error, years")
    axes[1, 0].set_ylim(bottom=0)
    handles = [handle for row in (0, 1) for handle in axes[row, 0].get_legend_handles_labels()[0]]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    replace_file(path, lambda file: figure.savefig(file, format="png"))


def main(words: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__, prog="python -m training.stress")
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"of {', '.join(READERS)} (default: all)")
    add("--data", type=existing_folder, required=True, help="folder of the labelled data")
    add("--faces", type=positive, default=300, metavar="N", help="of each file (default: %(default)s)")
    add("--picture", type=Path, metavar="FILE.png", help="draw the curves")
    add("--write", type=Path, metavar="FILE.md", help="put the tables between the file's marks")
    options = parser.parse_args(words)
    unknown = set(options.names) - set(READERS)
    if unknown:
        parser.error(f"NAME: of {', '.join(READERS)} was expected, got {sorted(unknown)[0]!r}")
    lines = []
    for name in options.names or READERS:
        for change in CHANGES:
            print(f"{name}: {change}", file=sys.stderr, flush=True)
            found = stress(name, change, options.data, options.faces)
            print("\n".join(map(json.dumps, found)), flush=True)
            lines += found
    if options.picture:
        draw(lines, options.picture)
    if options.write:
        from training.run_folder import replace_file

        page = put_between(options.write.read_text(encoding="utf-8"), MARK, table(lines))
        replace_file(options.write, lambda file: file.write_text(page, encoding="utf-8"))


if __name__ == "__main__":
    raise SystemExit(run_command(main))
