"""Train the expression network on FER2013 with FER+ votes.

python -m training.train_emotion --data DATA [--out runs/emotion] [--resume]
python -m training.train_emotion --data DATA --large --out runs/emotion_teacher
python -m training.train_emotion --data DATA --teacher runs/emotion_teacher/emotion.weights.h5

About 95 s an epoch on one CPU core in bfloat16. Why the recipe is as it is: docs/emotion-study.md.
What it reaches: the card of frozen_models/emotion.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import keras

from training.emotion_recipe import (
    TEACHER,
    EmotionRecipe,
    make_training_model,
    network_of,
    refresh_norms,
    resized,
    targets,
)
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings, run_loop
from training.recipe_options import existing_file, recipe_parser, run_recipe
from training.run_folder import save_weights

SHIPPED = EmotionRecipe(
    loop=LoopSettings(
        epochs=56,
        batch=192,
        optimizer="muon",
        learning_rate=8e-3,
        weight_decay=0.02,
        warmup_epochs=1,
        fall_epochs=18,
    ),
    crop=40,
    votes=0.1,
    smoothing=0.05,
)
"""Muon's rate stays high for two thirds of the epochs, so that a run can be prolonged."""

TEACHER_RECIPE = replace(SHIPPED, encoder=TEACHER, loop=replace(SHIPPED.loop, weight_decay=0.04))
"""Four times as many weights, by the same recipe."""


def train(
    recipe: EmotionRecipe,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    rows: int | None = None,
    precision: str = "mixed_bfloat16",
    devices: int = 1,
    track: str | None = None,
) -> keras.Model:
    """Train by a recipe; leaves emotion.weights.h5 in the run's folder.

    Args:
        recipe: the choices.
        data: holds fer2013/.
        out: folder of the run.
        resume: go on where it stopped.
        rows: use only the first so many rows.
        precision: Keras dtype policy.
        devices: share each batch among so many.
        track: name of a tracker, see `run_loop`.
    """
    keras.config.set_dtype_policy(precision)
    folder = data / "fer2013"
    faces = load_faces(folder / "train.parquet", leave_out=shown_pictures(folder), clean=True)
    valid = load_faces(folder / "public_test.parquet")
    keep = slice(rows)
    labels, weights = targets(recipe, faces, training=True)
    model = run_loop(
        lambda settings, count: make_training_model(replace(recipe, loop=settings), count),
        settings=recipe.loop,
        data=(
            resized(faces.pictures[keep], recipe.picture),
            {name: value[keep] for name, value in labels.items()},
            {name: value[keep] for name, value in weights.items()},
        ),
        validation=(resized(valid.pictures, recipe.picture), *targets(recipe, valid, training=False)),
        folder=out,
        resume=resume,
        facts={
            "recipe": "training.train_emotion",
            "choices": json.loads(json.dumps(asdict(recipe), default=str)),
            "precision": precision,
        },
        files=[folder / "train.parquet", folder / "public_test.parquet", *_weights(recipe)],
        devices=devices,
        track=track,
    )
    if recipe.loop.ema:
        refresh_norms(model, resized(faces.pictures[keep], recipe.picture), recipe.loop.batch)
    save_weights(network_of(model), out / "emotion.weights.h5")
    return model


def _weights(recipe: EmotionRecipe) -> list[Path]:
    return [file for file in (recipe.start, recipe.teacher) if file]


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/", out="runs/emotion", epochs=SHIPPED.loop.epochs)
    parser.add_argument(
        "--large", action="store_true", help="the teacher: widths doubled, about 4 times the time"
    )
    parser.add_argument(
        "--teacher", type=existing_file, metavar="WEIGHTS", help="learn from a trained teacher's answers too"
    )
    parser.add_argument("--start", type=existing_file, metavar="WEIGHTS", help="start from trained weights")
    options = parser.parse_args(arguments)
    recipe = TEACHER_RECIPE if options.large else SHIPPED
    fall = recipe.loop.fall_epochs * options.epochs / recipe.loop.epochs
    loop = replace(recipe.loop, epochs=options.epochs, fall_epochs=fall, seed=options.seed)
    train(
        replace(recipe, loop=loop, teacher=options.teacher, start=options.start),
        options.data,
        options.out,
        resume=options.resume,
        rows=options.rows,
        precision=options.precision,
        devices=options.devices,
        track=options.track,
    )


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
