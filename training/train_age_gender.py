"""Train the age and gender network.

python -m training.train_age_gender --data DATA [--out runs/age_gender] [--resume]

About 85 s an epoch on one CPU core in bfloat16, 40 epochs. Expected: see the card of
frozen_models/age_gender.
"""

from __future__ import annotations

from dataclasses import asdict

import keras

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.age_gender import AgeGenderConfig, build_age_gender_network
from emopoi.models.age_loss import AgeDistributionLoss, expected_age_error
from emopoi.models.augmentation import FaceAugmentation
from training.age_gender_faces import load_faces
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import recipe_parser, run_recipe
from training.run_folder import save_weights

PICTURE = 88


def make_training_model(config: AgeGenderConfig, settings: LoopSettings, rows: int) -> keras.Model:
    """Augmentation, normalisation and network, compiled; uint8 pictures go in."""
    network = build_age_gender_network(config)
    picture = keras.Input((PICTURE, PICTURE, 3), dtype="uint8", name="picture")
    augment = FaceAugmentation(
        config.size,
        scale=0.15,
        shift=0.06,
        grey=0.15,
        tint=0.12,
        erase=0.4,
        seed=settings.seed,
        dtype="float32",
    )
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(augment(picture))
    model = keras.Model(picture, network(face))
    model.compile(
        make_optimizer(settings, rows),
        loss={
            "age": AgeDistributionLoss(),
            "female": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05),
        },
        metrics={"age": [expected_age_error], "female": [keras.metrics.BinaryAccuracy(threshold=0.0)]},
    )
    return model


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="age_gender/", out="runs/age_gender", epochs=40)
    options = parser.parse_args(arguments)

    keras.config.set_dtype_policy(options.precision)
    train = load_faces(options.data / "age_gender" / "train.parquet", PICTURE)
    valid = load_faces(options.data / "age_gender" / "valid.parquet", PICTURE)
    keep = slice(options.rows)
    config = AgeGenderConfig()
    model = run_loop(
        lambda settings, rows: make_training_model(config, settings, rows),
        settings=LoopSettings(
            epochs=options.epochs,
            optimizer="muon",
            learning_rate=6e-3,
            weight_decay=0.02,
            warmup_epochs=1,
            fall_epochs=options.epochs / 2,
            seed=options.seed,
        ),
        data=(
            train.pictures[keep],
            {"age": train.age[keep, None], "female": train.female[keep, None]},
        ),
        validation=(valid.pictures, {"age": valid.age[:, None], "female": valid.female[:, None]}),
        folder=options.out,
        resume=options.resume,
        facts={
            "recipe": "training.train_age_gender",
            "config": asdict(config),
            "precision": options.precision,
        },
        files=[options.data / "age_gender" / name for name in ("train.parquet", "valid.parquet")],
        devices=options.devices,
        track=options.track,
    )
    save_weights(model.get_layer("age_gender"), options.out / "age_gender.weights.h5")


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
