"""Train the age and gender network.

python -m training.train_age_gender --data DATA [--out runs/age_gender] [--resume]
python -m training.train_age_gender --data DATA --again runs/age_gender --out runs/age_gender_again

About 85 s an epoch on one CPU core in bfloat16; 40 epochs, and 26 again. Expected: see the card of
frozen_models/age_gender.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import keras
import numpy as np

from emopoi.errors import InputError
from emopoi.export.input_levels import MEAN, STD
from emopoi.models.age_gender import AgeGenderConfig, build_age_gender_network
from emopoi.models.age_loss import AgeDistributionLoss, age_distribution, expected_age_error
from emopoi.models.augmentation import FaceAugmentation
from emopoi.types.labels import AGES
from training.age_gender_faces import AgeGenderFaces, load_faces, sharded_faces
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import existing_folder, recipe_parser, run_recipe
from training.run_folder import load_weights, save_weights
from training.teacher_answers import age_gender_answers
from training.weight_average import average_weights, refresh_norms

PICTURE = 88
RESULT = "age_gender.weights.h5"
TEACHER_SIZES = (80, 88)


@dataclass(frozen=True)
class AgeGenderRecipe:
    """How an age and gender network is trained.

    Attributes:
        loop: epochs, optimizer and the like.
        scale, erase: strength of the augmentation, see `FaceAugmentation`.
        again: folder of a run whose result is the start and the teacher.
        distil: share of the targets that the teacher's answers make up.
        average: share of its own weights in the result; the rest are those of the run before.
        config: the network while training; the device sees a little more (Touvron et al. 2019).
    """

    loop: LoopSettings
    scale: float = 0.15
    erase: float = 0.4
    again: Path | None = None
    distil: float = 0.4
    average: float = 1.0
    config: AgeGenderConfig = field(default_factory=lambda: AgeGenderConfig(size=80))


FROM_SCRATCH = AgeGenderRecipe(
    LoopSettings(
        epochs=40,
        optimizer="muon",
        learning_rate=6e-3,
        weight_decay=0.02,
        warmup_epochs=1,
        fall_epochs=20,
    )
)
BORN_AGAIN = AgeGenderRecipe(
    replace(FROM_SCRATCH.loop, epochs=26, warmup_epochs=0.5, fall_epochs=16, mixup=0.2),
    scale=0.2,
    erase=0.5,
    average=0.4,
)
"""From a first run's result, taught by it, with mixed pictures and stronger augmentation. Alone it is better
in gender and worse in age; the mean of both runs' weights keeps the better of each."""

AGAIN_NOTE = "a second run: from the first run's result, taught by it, weights averaged with it"


def make_training_model(recipe: AgeGenderRecipe, rows: int) -> keras.Model:
    """Augmentation, normalisation and network, compiled; uint8 pictures go in.

    Args:
        recipe: the choices.
        rows: training rows of an epoch.
    """
    network = build_age_gender_network(recipe.config)
    if recipe.again:
        load_weights(network, recipe.again / RESULT)
    picture = keras.Input((PICTURE, PICTURE, 3), dtype="uint8", name="picture")
    augment = FaceAugmentation(
        recipe.config.size,
        scale=recipe.scale,
        shift=0.06,
        grey=0.15,
        tint=0.12,
        erase=recipe.erase,
        seed=recipe.loop.seed,
        dtype="float32",
    )
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(augment(picture))
    model = keras.Model(picture, network(face))
    model.compile(
        make_optimizer(recipe.loop, rows),
        loss={
            "age": AgeDistributionLoss(),
            "female": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05),
        },
        metrics={"age": [expected_age_error], "female": [keras.metrics.BinaryAccuracy(threshold=0.0)]},
    )
    return model


def targets(recipe: AgeGenderRecipe, faces: AgeGenderFaces) -> dict[str, np.ndarray]:
    """Targets of training: distributions where something is mixed into the labels.

    Args:
        recipe: the choices.
        faces: the rows.

    Raises:
        ModelFileError: the teacher's file is no such network.
    """
    if not recipe.again and not recipe.loop.mixup:
        return {"age": faces.age[:, None], "female": faces.female[:, None]}
    age, female = age_distribution(faces.age, AGES), faces.female
    if recipe.again:
        file = recipe.again / RESULT
        told_age, told_female = age_gender_answers(file, faces.pictures, recipe.config, TEACHER_SIZES)
        age = (1 - recipe.distil) * age + recipe.distil * told_age
        female = (1 - recipe.distil) * female + recipe.distil * told_female
    return {"age": age.astype(np.float32), "female": female[:, None].astype(np.float32)}


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="age_gender/", out="runs/age_gender", epochs=None)
    parser.add_argument(
        "--again", type=existing_folder, metavar="RUN", help="go on from that run, taught by its result"
    )
    parser.add_argument(
        "--shards",
        action="store_true",
        help="read train.parquet/ a few files at a time while training, for more pictures than memory holds",
    )
    options = parser.parse_args(arguments)
    if options.shards and (options.again or options.rows):
        raise InputError("--shards: neither --again nor --rows goes with it, both need all pictures at once")
    keras.config.set_dtype_policy(options.precision)
    recipe = BORN_AGAIN if options.again else FROM_SCRATCH
    epochs = options.epochs or recipe.loop.epochs
    fall = recipe.loop.fall_epochs * epochs / recipe.loop.epochs
    loop = replace(recipe.loop, epochs=epochs, fall_epochs=fall, seed=options.seed)
    recipe = replace(recipe, loop=loop, again=options.again)
    folder = options.data / "age_gender"
    if options.shards:
        data = train = sharded_faces(folder / "train.parquet", PICTURE)
    else:
        train = load_faces(folder / "train.parquet", PICTURE).first(options.rows)
        data = (train.pictures, targets(recipe, train))
    valid = load_faces(folder / "valid.parquet", PICTURE)
    model = run_loop(
        lambda settings, rows: make_training_model(replace(recipe, loop=settings), rows),
        settings=recipe.loop,
        data=data,
        validation=(valid.pictures, {"age": valid.age[:, None], "female": valid.female[:, None]}),
        folder=options.out,
        resume=options.resume,
        facts={
            "recipe": "training.train_age_gender",
            "config": asdict(recipe.config),
            "distil": recipe.distil if recipe.again else 0.0,
            "average": recipe.average,
            "augmentation": {"scale": recipe.scale, "erase": recipe.erase},
            "precision": options.precision,
            **({"note": AGAIN_NOTE} if options.again else {}),
        },
        files=[
            *(train.files if options.shards else [folder / "train.parquet"]),
            folder / "valid.parquet",
            *([recipe.again / RESULT] if recipe.again else []),
        ],
        devices=options.devices,
        track=options.track,
    )
    network = model.get_layer("age_gender")
    if recipe.again and recipe.average < 1:
        network = _averaged(recipe, network, train.pictures)
    save_weights(network, options.out / RESULT)


def _averaged(recipe: AgeGenderRecipe, network: keras.Model, pictures: np.ndarray) -> keras.Model:
    """The network at the device's size, with the mean of its weights and those of the run before."""
    shown = build_age_gender_network()
    load_weights(shown, recipe.again / RESULT)
    shown.set_weights(average_weights(network.get_weights(), shown.get_weights(), recipe.average))
    refresh_norms(shown, pictures, batch=128, batches=80)
    return shown


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
