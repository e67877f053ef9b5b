"""The same faces in bad pictures: who loses more, points or pixels?

python -m training.expression3d.degraded --data DATA --runs runs/expression3d [--faces 1200]

Each picture of public_test is made dark (with a sensor's noise), blurred or rotated; points are found anew
in it, and the shipped networks on points and on pixels read it. A tight crop leaves no room to turn a head
in, so turned heads are those that turn by themselves: faces by the yaw that their points show. Writes
degraded.json and robustness.png. A minute and a half on one CPU core.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.evaluation.faces_of_table import decode_picture, read_columns, tight_input
from emopoi.head.point_alignment import PointAlignment
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from training.expression3d.labelled_points import VALID
from training.expression3d.landmark_table import PointFinder
from training.recipe_options import existing_folder, positive, run_recipe
from training.run_folder import replace_file

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def darker(share: float) -> Change:
    """Light falls to `share`; what the sensor adds stays."""

    def change(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
        seen = picture.astype(np.float32) * share + random.normal(0, 3, picture.shape[:2])[..., None]
        return np.clip(np.rint(seen), 0, 255).astype(np.uint8)

    return change


def blurred(sigma_px: float) -> Change:
    """Out of focus."""

    def change(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return cv2.GaussianBlur(picture, (0, 0), sigma_px)

    return change


def rotated(degrees: float) -> Change:
    """Turned in the picture, to either side."""

    def change(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
        height, width = picture.shape[:2]
        angle = degrees * random.choice((-1, 1))
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
        return cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)

    return change


CHANGES: dict[str, dict[str, Change | None]] = {
    "dark": {"as it is": None, "1/4": darker(1 / 4), "1/8": darker(1 / 8), "1/16": darker(1 / 16)},
    "blur, pixels of 48": {"as it is": None, "1": blurred(1.0), "2": blurred(2.0), "3": blurred(3.0)},
    "rotation, degrees": {"as it is": None, "15": rotated(15), "30": rotated(30), "45": rotated(45)},
}
YAWS_DEG = (0, 10, 20, 30, 40, 90)


def measure(data: Path, faces: int) -> dict[str, Any]:
    """Accuracy of both networks under every change, over all faces.

    Args:
        data: holds fer2013/.
        faces: the first so many of public_test.

    Returns:
        By change and level: n, landmarks, pixels (accuracies) and believed, the share of faces that the
        landmark network believes in; and the same by yaw.
    """
    columns = read_columns(data / VALID, ["image", "label"])
    pictures = [decode_picture(image) for image in columns["image"][:faces]]
    labels = np.array(columns["label"][:faces])
    readers = _Readers()
    told: dict[str, Any] = {}
    plain = readers.read(progress(pictures, len(pictures), "as they are"))
    for name, levels in CHANGES.items():
        told[name] = {}
        for level, change in levels.items():
            found = plain
            if change is not None:
                random = np.random.default_rng(1)
                changed = (None if picture is None else change(picture, random) for picture in pictures)
                found = readers.read(progress(changed, len(pictures), f"{name} {level}"))
            told[name][level] = _figures(found, labels, np.ones(len(labels), bool))
    bins = itertools.pairwise(YAWS_DEG)
    told["yaw, degrees"] = {
        f"{low} to {high}": _figures(plain, labels, (plain["yaw"] >= low) & (plain["yaw"] < high))
        for low, high in bins
    }
    return told


class _Readers:
    """Both networks, and the points before one of them."""

    def __init__(self) -> None:
        head = load_head()
        self._finder = PointFinder()
        self._alignment = PointAlignment(head)
        self._points = LandmarkEmotionReader(head, FrozenModel.load("landmark_emotion"))
        self._pixels = FrozenModel.load("emotion")

    def read(self, pictures: Iterator[np.ndarray | None]) -> dict[str, np.ndarray]:
        manifest = self._pixels.manifest
        rows = []
        for picture in pictures:
            if picture is None:
                rows.append((self._points.prior.argmax(), self._points.prior.argmax(), 0.0, 0.0))
                continue
            face = tight_input(picture, manifest.input, manifest.training_layout)
            by_pixels = self._pixels.run_face(face)["fer7"].argmax()
            found = self._finder.find(picture)
            if found is None:
                rows.append((self._points.prior.argmax(), by_pixels, 0.0, 0.0))
                continue
            ahead = self._alignment.align(found[0]).rotation[:, 2]
            yaw = abs(np.degrees(np.arctan2(ahead[0], ahead[2])))
            rows.append((self._points.read(found[0]).argmax(), by_pixels, found[1], yaw))
        names = ("landmarks", "pixels", "presence", "yaw")
        return dict(zip(names, np.array(rows).T, strict=True))


def _figures(found: dict[str, np.ndarray], labels: np.ndarray, chosen: np.ndarray) -> dict[str, Any]:
    told: dict[str, Any] = {"n": int(chosen.sum())}
    for name in ("landmarks", "pixels"):
        right = (found[name] == labels)[chosen]
        told[name] = round(float(right.mean()), 4) if len(right) else None
    told["believed"] = round(float((found["presence"] > 0.5)[chosen].mean()), 4) if chosen.any() else None
    return told


def draw(told: dict[str, Any], path: Path) -> None:
    """One small plot for each change."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for number, (name, levels) in enumerate(told.items(), 1):
        axes = figure.add_subplot(1, len(told), number)
        places = range(len(levels))
        for which, colour, mark in (("pixels", "#b4552d", "s"), ("landmarks", "#2b6a8f", "o")):
            values = [figures[which] for figures in levels.values()]
            axes.plot(
                places,
                [np.nan if v is None else 100 * v for v in values],
                mark,
                ls="-",
                c=colour,
                label=which,
            )
        axes.set_xticks(places, list(levels), fontsize=8)
        axes.set_xlabel(name)
        axes.set_ylim(10, 80)
        axes.grid(axis="y", color="#dddddd", lw=0.7)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        if number == 1:
            axes.set_ylabel("accuracy, %")
            axes.legend(frameon=False, fontsize=8, loc="lower left")
        else:
            axes.set_yticklabels([])
    replace_file(path, lambda file: figure.savefig(file, format="png"))


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=existing_folder, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs/expression3d"), help="where results go")
    parser.add_argument("--faces", type=positive, default=1200, metavar="N")
    options = parser.parse_args(arguments)
    options.runs.mkdir(parents=True, exist_ok=True)
    told = measure(options.data, options.faces)
    file = options.runs / "degraded.json"
    replace_file(file, lambda temporary: temporary.write_text(json.dumps(told, indent=1)))
    draw(told, options.runs / "robustness.png")
    print(json.dumps(told))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
