"""The same faces in bad pictures: who loses more, points or pixels?

python -m training.expression3d.degraded --data DATA --runs runs/expression3d [--faces 1200]

Each picture of public_test is made dark (with a sensor's noise), blurred or rotated, by amounts of 0 to 1;
points are found anew in it, and the shipped networks on points and on pixels read it. A tight crop leaves no
room to turn a head in: heads that turn by themselves are in `study`. Writes degraded.json and robustness.png.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture, read_columns, tight_input
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from training.expression3d.labelled_points import VALID
from training.expression3d.landmark_table import PointFinder
from training.face3d.stored_faces import ENOUGH_PRESENCE
from training.recipe_options import existing_folder, positive, run_recipe
from training.run_folder import replace_file
from training.worse_pictures import CHANGES, LEVELS

Picture = np.ndarray
"""uint8 (H, W, 3) RGB."""

KINDS = ("dark", "blurred", "rotated")


def measure(data: Path, faces: int) -> dict[str, Any]:
    """Accuracy of both networks under every change, over all faces.

    Args:
        data: holds fer2013/.
        faces: the first so many of public_test.

    Returns:
        By change and amount: n, landmarks, pixels (accuracies) and believed, the share of faces that the
        landmark network believes in.
    """
    columns = read_columns(data / VALID, ["image", "label"])
    pictures = [decode_picture(image) for image in columns["image"][:faces]]
    labels = np.array(columns["label"][:faces])
    readers = _Readers()
    plain = _figures(readers.read(progress(pictures, len(pictures), "as they are")), labels)
    told: dict[str, Any] = {}
    for name in KINDS:
        told[name] = {}
        for amount in LEVELS:
            if not amount:
                told[name][format(amount, "g")] = plain
                continue
            random = np.random.default_rng(1)
            changed = (None if one is None else CHANGES[name](one, amount, random) for one in pictures)
            found = readers.read(progress(changed, len(pictures), f"{name} {amount:g}"))
            told[name][format(amount, "g")] = _figures(found, labels)
    return told


class _Readers:
    """Both networks, and the points before one of them."""

    def __init__(self) -> None:
        self._finder = PointFinder()
        self._points = LandmarkEmotionReader(load_head(), FrozenModel.load("landmark_emotion"))
        self._pixels = FrozenModel.load("emotion")

    def read(self, pictures: Iterable[Picture | None]) -> dict[str, np.ndarray]:
        """What each network says, int (N,), and presence 0..1, float (N,)."""
        manifest = self._pixels.manifest
        usual = int(self._points.prior.argmax())
        rows = []
        for picture in pictures:
            by_points = by_pixels = usual
            presence = 0.0
            if picture is not None:
                face = tight_input(picture, manifest.input, manifest.training_layout)
                by_pixels = int(self._pixels.run_face(face)["fer7"].argmax())
            found = self._finder.find(picture)
            if found is not None:
                presence = found[1]
                # Points that are no face's: as if none were placed.
                with contextlib.suppress(InputError):
                    by_points = int(self._points.read(found[0]).argmax())
            rows.append((by_points, by_pixels, presence))
        names = ("landmarks", "pixels", "presence")
        return dict(zip(names, np.array(rows).T, strict=True))


def _figures(found: dict[str, np.ndarray], labels: np.ndarray) -> dict[str, Any]:
    told = {name: round(float((found[name] == labels).mean()), 4) for name in ("landmarks", "pixels")}
    believed = round(float((found["presence"] > ENOUGH_PRESENCE).mean()), 4)
    return {"n": len(labels), **told, "believed": believed}


def draw(told: dict[str, Any], path: Path) -> None:
    """One small plot for each change."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for number, (name, levels) in enumerate(told.items(), 1):
        axes = figure.add_subplot(1, len(told), number)
        places = range(len(levels))
        for which, colour, mark in (("pixels", "#b4552d", "s"), ("landmarks", "#2b6a8f", "o")):
            values = [100 * figures[which] for figures in levels.values()]
            axes.plot(places, values, mark, ls="-", c=colour, label=which)
        axes.set_xticks(places, list(levels), fontsize=8)
        axes.set_xlabel(name)
        axes.set_ylim(0, 80)
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
