"""Train the multi-head network: expression, age and gender from one grey crop.

python -m training.train_multi_head --data DATA --start runs/emotion/emotion.weights.h5
    [--out runs/multi_head] [--resume]

Starts from the expression network's encoder. Every picture has labels for one of the two
tasks only; the other task's loss is masked. About 100 s an epoch on two CPU cores, 6 epochs.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.age_loss import AgeDistributionLoss, expected_age_error
from emopoi.models.augmentation import FaceAugmentation
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.multi_head import build_multi_head_network
from emopoi.preprocess import recrop
from training import age_gender_faces, fer2013
from training.crop_layouts import FER2013, UTKFACE
from training.emotion_recipe import targets
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import existing_file, recipe_parser, run_recipe
from training.run_folder import load_weights, save_weights
from training.train_emotion import FROM_SCRATCH

PICTURE = 48
HEADS = ("fer7", "ferplus8", "age", "female")


def make_training_model(config: EmotionConfig, start: Path | None, settings: LoopSettings, rows: int):
    """Augmentation, normalisation and network, compiled; uint8 pictures go in."""
    network = build_multi_head_network(config)
    if start:
        _copy_encoder(config, start, network)
    picture = keras.Input((PICTURE, PICTURE, 1), dtype="uint8", name="picture")
    face = FaceAugmentation(config.size, seed=settings.seed, dtype="float32")(picture)
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(face)
    model = keras.Model(picture, network(face))
    model.compile(
        make_optimizer(settings, rows),
        loss={
            "fer7": keras.losses.CategoricalCrossentropy(from_logits=True),
            "ferplus8": keras.losses.CategoricalCrossentropy(from_logits=True),
            "age": AgeDistributionLoss(),
            "female": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05),
        },
        weighted_metrics={
            "fer7": ["accuracy"],
            "ferplus8": ["accuracy"],
            "age": [keras.metrics.MeanMetricWrapper(expected_age_error, name="error")],
            "female": [keras.metrics.BinaryAccuracy(threshold=0.0)],
        },
    )
    return model


def _copy_encoder(config: EmotionConfig, start: Path, network: keras.Model) -> None:
    emotion = build_emotion_network(config)
    load_weights(emotion, start)
    for layer in emotion.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())


def combine(
    expressions: fer2013.ExpressionFaces, persons: age_gender_faces.AgeGenderFaces, *, training: bool
):
    """One set of pictures, labels and masks out of two; expression labels are softened for training.

    Returns:
        pictures uint8 (N, 48, 48, 1), targets by head, weights by head.
    """
    grey = np.stack([recrop(_luma(picture), UTKFACE, FER2013, PICTURE) for picture in persons.pictures])
    labels, weights = targets(FROM_SCRATCH, expressions, training=training)
    first, second = len(expressions), len(persons)
    labels = {
        "fer7": _rows_after(labels["fer7"], second),
        "ferplus8": _rows_after(labels["ferplus8"], second),
        "age": np.concatenate([np.full(first, 30, np.float32), persons.age])[:, None],
        "female": np.concatenate([np.zeros(first, np.float32), persons.female])[:, None],
    }
    person = np.concatenate([np.zeros(first, np.float32), np.ones(second, np.float32)])
    masks = {
        "fer7": np.concatenate([weights["fer7"], np.zeros(second, np.float32)]),
        "ferplus8": np.concatenate([weights["ferplus8"], np.zeros(second, np.float32)]),
        "age": person,
        "female": person,
    }
    return np.concatenate([expressions.pictures, grey]), labels, masks


def _luma(picture: np.ndarray) -> np.ndarray:
    return np.rint(picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]


def _rows_after(values: np.ndarray, count: int) -> np.ndarray:
    empty = np.full((count, values.shape[1]), 1 / values.shape[1], np.float32)
    return np.concatenate([values, empty])


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/ and age_gender/", out="runs/multi_head", epochs=6)
    parser.add_argument("--start", type=existing_file, help="weights of the expression network")
    options = parser.parse_args(arguments)

    keras.config.set_dtype_policy(options.precision)
    fer, age = options.data / "fer2013", options.data / "age_gender"
    shown = fer2013.shown_pictures(fer)
    train = combine(
        fer2013.load_faces(fer / "train.parquet", leave_out=shown, clean=True),
        age_gender_faces.load_faces(age / "train.parquet", 112),
        training=True,
    )
    if options.rows:
        chosen = np.random.default_rng(0).permutation(len(train[0]))[: options.rows]
        train = (train[0][chosen], *({n: v[chosen] for n, v in part.items()} for part in train[1:]))
    valid = combine(
        fer2013.load_faces(fer / "public_test.parquet"),
        age_gender_faces.load_faces(age / "valid.parquet", 112),
        training=False,
    )
    config = EmotionConfig()
    model = run_loop(
        lambda settings, rows: make_training_model(config, options.start, settings, rows),
        settings=LoopSettings(
            epochs=options.epochs, learning_rate=0.02, warmup_epochs=0.5, clipnorm=4.0, seed=options.seed
        ),
        data=train,
        validation=valid,
        folder=options.out,
        resume=options.resume,
        facts={
            "recipe": "training.train_multi_head",
            "config": asdict(config),
            "precision": options.precision,
        },
        files=[
            *(folder / "train.parquet" for folder in (fer, age)),
            fer / "public_test.parquet",
            age / "valid.parquet",
            *([options.start] if options.start else []),
        ],
        devices=options.devices,
        track=options.track,
    )
    save_weights(model.get_layer("multi_head"), options.out / "multi_head.weights.h5")


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
