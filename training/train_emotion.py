"""Train the expression network on FER2013 with FER+ votes.

python -m training.train_emotion --data DATA [--out runs/emotion] [--resume]
python -m training.train_emotion --data DATA --again runs/emotion --out runs/emotion_again
python -m training.train_emotion --data DATA --large --out runs/emotion_teacher
python -m training.train_emotion --data DATA --large --again runs/emotion --out runs/emotion_teacher
python -m training.train_emotion --data DATA --large --start training/checkpoints/emotion.weights.h5 --out RUN
python -m training.train_emotion --data DATA --teacher runs/emotion_teacher/emotion.weights.h5

About 95 s an epoch on one CPU core in bfloat16. Why the recipe is as it is: docs/emotion-study.md.
What it reaches: the card of frozen_models/emotion.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np

from emopoi.errors import InputError
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from training.emotion_recipe import (
    STUDENT,
    TEACHER,
    EmotionRecipe,
    make_training_model,
    network_of,
    resized,
    targets,
)
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings, run_loop
from training.recipe_options import existing_file, existing_folder, recipe_parser, run_recipe
from training.run_folder import PLATEAU, load_weights, save_weights
from training.weight_average import average_weights, refresh_norms

RESULT = "emotion.weights.h5"

FROM_SCRATCH = EmotionRecipe(
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

BORN_AGAIN = replace(
    FROM_SCRATCH,
    loop=replace(FROM_SCRATCH.loop, epochs=44, warmup_epochs=0.5, mixup=0.4),
    average=0.7,
)
"""From the end of a first run's plateau, taught by what that run became, with mixed pictures; in the end
seven tenths of its weights and three of the first run's."""

AGAIN_NOTE = "a second run: from the first run's plateau, taught by its result, weights averaged with it"

TEACHER_RECIPE = replace(FROM_SCRATCH, encoder=TEACHER, loop=replace(FROM_SCRATCH.loop, weight_decay=0.04))
"""Four times as many weights, by the same recipe."""

WIDENED = replace(
    TEACHER_RECIPE,
    loop=replace(TEACHER_RECIPE.loop, epochs=20, warmup_epochs=0.5, fall_epochs=8, mixup=0.4),
    start_encoder=STUDENT,
)
"""The large network from a small one's plateau, widened, taught by what the small one became."""

GENTLE = replace(
    WIDENED,
    loop=replace(WIDENED.loop, epochs=8, learning_rate=2e-3, warmup_epochs=0.5, fall_epochs=7.5),
)
"""The large network from what a small one became, at a rate that undoes nothing, taught by it."""


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
    if recipe.average < 1 and not recipe.teacher:
        raise InputError("average: weights are averaged with a teacher's, and none was given")
    keras.config.set_dtype_policy(precision)
    folder = data / "fer2013"
    faces = load_faces(folder / "train.parquet", leave_out=shown_pictures(folder), clean=True).first(rows)
    valid = load_faces(folder / "public_test.parquet")
    labels, weights = targets(recipe, faces, training=True)
    pictures = resized(faces.pictures, recipe.picture)
    model = run_loop(
        lambda settings, count: make_training_model(replace(recipe, loop=settings), count),
        settings=recipe.loop,
        data=(pictures, labels, weights),
        validation=(resized(valid.pictures, recipe.picture), *targets(recipe, valid, training=False)),
        folder=out,
        resume=resume,
        facts={
            "recipe": "training.train_emotion",
            "choices": json.loads(json.dumps(asdict(recipe), default=str)),
            "precision": precision,
            **({"note": AGAIN_NOTE} if recipe.average < 1 else {}),
        },
        files=[folder / "train.parquet", folder / "public_test.parquet", *_weights(recipe)],
        devices=devices,
        track=track,
    )
    network = network_of(model)
    if recipe.loop.ema or recipe.average < 1:
        network = _averaged(recipe, network, faces.pictures)
    save_weights(network, out / RESULT)
    return model


def _averaged(recipe: EmotionRecipe, network: keras.Model, pictures: np.ndarray) -> keras.Model:
    """The network at the device's size, with the mean of its weights and the teacher's."""
    shown = build_emotion_network(EmotionConfig(encoder=recipe.encoder))
    weights = network.get_weights()
    if recipe.average < 1:
        load_weights(shown, recipe.teacher)
        weights = average_weights(weights, shown.get_weights(), recipe.average)
    shown.set_weights(weights)
    refresh_norms(shown, pictures, batch=recipe.loop.batch)
    return shown


def _weights(recipe: EmotionRecipe) -> list[Path]:
    return [file for file in (recipe.start, recipe.teacher) if file]


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/", out="runs/emotion", epochs=None)
    parser.add_argument(
        "--large", action="store_true", help="the teacher: widths doubled, about 4 times the time"
    )
    parser.add_argument(
        "--again",
        type=existing_folder,
        metavar="RUN",
        help="go on from that run's plateau, taught by its result (44 epochs; --large: widened, 20)",
    )
    parser.add_argument(
        "--teacher", type=existing_file, metavar="WEIGHTS", help="learn from a trained teacher's answers too"
    )
    parser.add_argument(
        "--start",
        type=existing_file,
        metavar="WEIGHTS",
        help="start from trained weights (--large: a small network's, widened and taught by it, 8 epochs)",
    )
    options = parser.parse_args(arguments)
    if options.again and (options.teacher or options.start):
        parser.error("--again settles start and teacher: leave out --teacher and --start")
    if options.large and options.start:
        recipe = GENTLE
    elif options.large:
        recipe = WIDENED if options.again else TEACHER_RECIPE
    else:
        recipe = BORN_AGAIN if options.again else FROM_SCRATCH
    epochs = options.epochs or recipe.loop.epochs
    fall = recipe.loop.fall_epochs * epochs / recipe.loop.epochs
    loop = replace(recipe.loop, epochs=epochs, fall_epochs=fall, seed=options.seed)
    start, teacher = options.start, options.teacher
    if options.again:
        start, teacher = options.again / PLATEAU, options.again / RESULT
    elif options.large and options.start:
        teacher = teacher or options.start
    train(
        replace(recipe, loop=loop, teacher=teacher, start=start),
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
