"""A reference from pixels: an encoder that was trained for something else names expressions.

python -m training.expression3d.transfer --data DATA [--meshes DIR] [--out runs/expression3d]

The encoder of `training.train_dream` that learned from face points alone (training/checkpoints) has never
been told an expression's name. Its feature maps stay as they are; a perceptron on them learns the names, with
the labels and votes of FER2013 as every network of the study, but without the teacher.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from emopoi.errors import InputError
from emopoi.models.face_regressor import build_face_regressor
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.probabilities import softmax
from emopoi.types.labels import FER7
from training.expression3d.labelled_points import validation_points
from training.expression3d.scores import scores
from training.face3d.dream_figures import emotion_crops, read_coefficients
from training.face3d.dream_model import config_for
from training.loop import LoopSettings
from training.optimizers import make_optimizer
from training.recipe_options import existing_file, existing_folder, natural, positive, run_recipe
from training.run_folder import load_weights, replace_file

NAME = "transfer"
POINTS_ALONE = Path(__file__).parents[1] / "checkpoints" / "face_points.weights.h5"
_NAMING = LoopSettings(
    epochs=20, batch=256, optimizer="adamw", learning_rate=1e-3, warmup_epochs=1, weight_decay=1e-2
)


def feature_maps(weights: Path) -> keras.Model:
    """The encoder: float32 (N, 96, 96, 3), normalised, to `places` float32 (N, F).

    Args:
        weights: of a network from pixels without colours.
    """
    network = build_face_regressor(config_for(load_head()))
    load_weights(network, weights)
    return keras.Model(network.input, {"places": network.get_layer("places").output})


def build_namer(features: int) -> keras.Model:
    """A perceptron: float32 (N, F) to `fer7`, logits (N, 7)."""
    given = keras.Input((features,), name="places")
    hidden = layers.BatchNormalization(center=False, scale=False)(given)
    hidden = layers.Dropout(0.4)(hidden)
    hidden = layers.Dense(128, activation="relu")(hidden)
    hidden = layers.Dropout(0.4)(hidden)
    return keras.Model(given, {"fer7": layers.Dense(len(FER7), name="fer7")(hidden)})


def train(
    data: Path, meshes: Path, tables: Path, out: Path, *, weights: Path = POINTS_ALONE, seed: int = 1,
    rows: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Train the perceptron; leaves figures.json and answers.npz in its folder.

    Args:
        data: holds fer2013/.
        meshes: where points that crops are cut by are kept.
        tables: where the study keeps points; they tell which faces count as found.
        out: folder of the run.
        weights: of the encoder.
        seed: of the perceptron.
        rows: use only the first so many rows of each file.

    Returns:
        Figures on public_test, all faces counted.
    """
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(seed)
    started = time.process_time()
    encoder = feature_maps(weights)
    crops = emotion_crops(data, meshes, encoder.input.shape[1], rows)
    train_maps, valid_maps = (
        read_coefficients(encoder, part)["places"] for part in (crops.train, crops.valid)
    )
    namer = build_namer(train_maps.shape[1])
    loop = replace(_NAMING, seed=seed)
    loss = {"fer7": keras.losses.CategoricalCrossentropy(from_logits=True)}
    namer.compile(make_optimizer(loop, len(train_maps)), loss=loss)
    namer.fit(train_maps, {"fer7": crops.target}, batch_size=loop.batch, epochs=loop.epochs, verbose=0)
    answers = softmax(namer.predict(valid_maps, batch_size=1024, verbose=0)["fer7"])
    faces = validation_points(data, tables, rows)
    if not np.array_equal(faces.labels, crops.labels):
        raise InputError(f"{data}: crops and points are of different rows")
    figures = {
        **scores(answers, crops.labels, faces.presence),
        "parameters": encoder.count_params() + namer.count_params(),
        "seconds": round(time.process_time() - started, 1),
        "epochs": loop.epochs,
        "seed": seed,
    }
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "answers.npz", answers=answers, rows=faces.rows)
    replace_file(out / "figures.json", lambda file: file.write_text(json.dumps(figures, indent=1)))
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    from training.command_line import OneLineParser

    parser = OneLineParser(
        prog="python -m training.expression3d.transfer", description=__doc__, allow_abbrev=False
    )
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, metavar="DATA", help="holds fer2013/")
    add("--meshes", type=Path, default=Path("runs/meshes"), metavar="DIR", help="kept points of pictures")
    add("--out", type=Path, default=Path("runs/expression3d"), metavar="RUNS", help="default: %(default)s")
    add("--points", type=Path, metavar="DIR", help="where the study keeps points (default: OUT/tables)")
    add("--weights", type=existing_file, default=POINTS_ALONE, metavar="FILE", help="of the encoder")
    add("--rows", type=positive, metavar="N", help="use only the first N rows of each file")
    add("--seed", type=natural, default=1, metavar="N")
    options = parser.parse_args(arguments)
    tables = options.points or options.out / "tables"
    figures = train(
        options.data, options.meshes, tables, options.out / NAME, weights=options.weights, seed=options.seed,
        rows=options.rows,
    )  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
