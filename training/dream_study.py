"""What the losses that look are worth: the same data, epochs and start, with and without each.

python -m training.dream_study --data DATA --start RUN --albedo FILE --mouth WEIGHTS [--seeds 2]
    [--rows 10000] [--epochs 2] [--out runs/dream_study] [--write docs/face3d-study.md] [ARM ...]

Arms: `neither` (all losses but the two), `emotion` (with the emotion-perceptual one), `emotion_strong` (with
eight times its weight), `lips` (with the mouth network's and the distances between lips). Each goes on from
the same network that learned from points alone, on the same rows of UTKFace and FER2013. Figures are of
pictures that were not trained on: see `training.face3d.dream_figures`. Arms and seeds that are done are not
repeated.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.models.face_regressor import build_face_regressor
from emopoi.runtime.frozen_head import load_head
from training.command_line import OneLineParser
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_figures import emotion_crops, emotion_figures, point_figures
from training.face3d.dream_model import config_for
from training.face3d.dream_recipe import LOOK_WEIGHTS, DreamRecipe
from training.face3d.regressor_faces import load_regressor_faces
from training.face3d.study import put_between
from training.loop import LoopSettings
from training.recipe_options import existing_file, existing_folder, natural, positive, run_recipe
from training.run_folder import load_weights, replace_file
from training.train_dream import EMOTION, LOOKING, RESULT, TRAIN, VALID, learn

ARMS: dict[str, dict[str, float]] = {
    "neither": {},
    "emotion": {"emotion": LOOK_WEIGHTS["emotion"]},
    "emotion_strong": {"emotion": 8 * LOOK_WEIGHTS["emotion"]},
    "lips": {"lips": LOOK_WEIGHTS["lips"]},
}
"""Arm -> weights of those of the two losses that it has."""
_STUDIED = ("emotion", "lips")

LIP_FILES = (*VALID, "fer2013/public_test.parquet")
MARK = "dream"
_FIGURES = ("emotion", "lips", "lip_points", "error", "turn_deg", "jawOpen", "mouthSmile", "browInnerUp")


def recipe_of(arm: str, loop: LoopSettings, start: Path, albedo: Path, mouth: Path) -> DreamRecipe:
    """The choices of an arm.

    Args:
        arm: a key of `ARMS`.
        loop: epochs, seed and the like.
        start: weights that learned from points.
        albedo: colours of skin.
        mouth: weights of the mouth network.
    """
    looks = {name: weight for name, weight in LOOK_WEIGHTS.items() if name not in _STUDIED} | ARMS[arm]
    return DreamRecipe(
        loop,
        looks=looks,
        lip_distances="lips" in looks,
        start=start,
        albedo=albedo,
        emotion=EMOTION,
        mouth=mouth,
    )


def measure(
    head: HeadModel, weights: Path, albedo: Path, data: Path, cache: Path, seed: int
) -> dict[str, float]:
    """All figures of a network.

    Args:
        head: whose coefficients are told.
        weights: of the network from pixels.
        albedo: colours of skin that it was trained with.
        data: holds age_gender/ and fer2013/.
        cache: where points are kept.
        seed: of the classifier that names emotions.
    """
    keras.config.set_dtype_policy("float32")
    network = build_face_regressor(config_for(head, AlbedoBasis.load(albedo).modes.shape[-1]))
    load_weights(network, weights)
    figures = point_figures(head, network, load_regressor_faces(head, data, cache, VALID))
    lips = point_figures(head, network, load_regressor_faces(head, data, cache, LIP_FILES))
    figures |= {name: lips[name] for name in ("lips", "lip_points")}
    size = network.input.shape[1]
    return figures | emotion_figures(head, network, emotion_crops(data, cache, size), seed)


def table(lines: list[dict[str, Any]]) -> str:
    """The results as Markdown, and what each loss changes, on the mean over seeds."""
    names = [name for name in _FIGURES if all(name in line for line in lines)]
    rows = ["| arm | seed | " + " | ".join(names) + " |", "|---" * (2 + len(names)) + "|"]
    for line in lines:
        rows.append(
            f"| {line['arm']} | {line['seed']} | " + " | ".join(f"{line[n]:.4f}" for n in names) + " |"
        )
    return "\n".join(rows) + "\n" + "".join(_change(lines, arm) for arm in ARMS if ARMS[arm])


def _change(lines: list[dict[str, Any]], arm: str) -> str:
    """What an arm changes, in seeds that were run without its loss too; nothing where there is none."""
    found = {(line["arm"], line["seed"]): line for line in lines}
    seeds = [seed for name, seed in found if name == arm and ("neither", seed) in found]
    if not seeds:
        return ""
    figure = "lips" if "lips" in ARMS[arm] else "emotion"
    given = np.array([found[arm, seed][figure] for seed in seeds])
    without = np.array([found["neither", seed][figure] for seed in seeds])
    if figure == "lips":
        said = f"lowers the error of the inner lips by {100 * (1 - given.mean() / without.mean()):.0f} %"
    else:
        by_seed = 100 * (given - without)
        said = (
            f"changes seven-class emotion from coefficients by {by_seed.mean():+.1f} points "
            f"({', '.join(f'{points:+.1f}' for points in by_seed)})"
        )
    return f"\n`{arm}`, {len(seeds)} seed{'s' * (len(seeds) > 1)}: {said}.\n"


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__)
    add = parser.add_argument
    add("arms", nargs="*", metavar="ARM", help=f"of {', '.join(ARMS)} (default: all)")
    add("--data", type=existing_folder, required=True, help="holds age_gender/ and fer2013/")
    add(
        "--start",
        type=existing_folder,
        required=True,
        metavar="RUN",
        help="of training.train_dream without --look",
    )
    add("--albedo", type=existing_file, required=True, metavar="FILE")
    add("--mouth", type=existing_file, required=True, metavar="WEIGHTS")
    add("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    add("--out", type=Path, default=Path("runs/dream_study"))
    add("--rows", type=positive, default=10000, help="training faces (default: %(default)s)")
    add("--epochs", type=positive, default=2, help="default: %(default)s")
    add("--seeds", type=natural, default=2, help="how many (default: %(default)s)")
    add("--write", type=Path, metavar="FILE", help="put the table between the file's marks")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.arms) - set(ARMS))
    if unknown:
        parser.error(f"arms: of {', '.join(ARMS)} were expected, got {', '.join(unknown)}")
    head, cache = load_head(), options.meshes or options.out
    faces, valid = (load_regressor_faces(head, options.data, cache, files) for files in (TRAIN, VALID))
    # Evenly over both files.
    faces = faces.rows(np.linspace(0, len(faces) - 1, min(options.rows, len(faces))).astype(int))
    results = options.out / "results.jsonl"
    lines = [json.loads(text) for text in results.read_text().splitlines()] if results.is_file() else []
    done = {(line["arm"], line["seed"]) for line in lines}
    for seed in range(1, options.seeds + 1):
        for arm in options.arms or ARMS:
            if (arm, seed) in done:
                continue
            print(f"arm {arm}, seed {seed}", file=sys.stderr, flush=True)
            fall = LOOKING.fall_epochs * options.epochs / LOOKING.epochs
            loop = replace(LOOKING, epochs=options.epochs, fall_epochs=fall, seed=seed)
            recipe = recipe_of(arm, loop, options.start / RESULT, options.albedo, options.mouth)
            run = options.out / f"{arm}-{seed}"
            learn(head, faces, valid, run, recipe=recipe, resume=True)
            keras.backend.clear_session()
            figures = measure(head, run / RESULT, options.albedo, options.data, cache, seed)
            lines.append(
                {"arm": arm, "seed": seed, "rows": options.rows, "epochs": options.epochs, **figures}
            )
            text = "".join(json.dumps(line) + "\n" for line in lines)
            replace_file(results, lambda file, text=text: file.write_text(text))
    print(table(lines), end="")
    if options.write:
        page = put_between(options.write.read_text(encoding="utf-8"), MARK, table(lines).splitlines())
        replace_file(options.write, lambda file: file.write_text(page, encoding="utf-8"))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
