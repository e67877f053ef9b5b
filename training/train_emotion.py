"""Train the expression network on FER2013 with FER+ votes.

python -m training.train_emotion --data DATA [--out runs/emotion] [--resume]

About 75 s an epoch on two CPU cores in bfloat16, 32 epochs. Expected: see the card of
frozen_models/emotion.
"""

from __future__ import annotations

from dataclasses import asdict

import keras
import numpy as np

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.augmentation import FaceAugmentation
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings, make_optimizer, run_loop
from training.recipe_options import recipe_parser, run_recipe


def expression_losses() -> dict[str, keras.losses.Loss]:
    """FER-7 labels are noisy and smoothed; FER+ votes are soft as they are."""
    return {
        "fer7": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        "ferplus8": keras.losses.CategoricalCrossentropy(from_logits=True),
    }


def make_training_model(config: EmotionConfig, settings: LoopSettings, rows: int) -> keras.Model:
    """Augmentation, normalisation and network, compiled; uint8 pictures go in."""
    network = build_emotion_network(config)
    picture = keras.Input((48, 48, 1), dtype="uint8", name="picture")
    face = FaceAugmentation(config.size, seed=settings.seed, dtype="float32")(picture)
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(face)
    outputs = network(face)
    model = keras.Model(picture, {name: outputs[name] for name in ("fer7", "ferplus8")})
    model.compile(
        make_optimizer(settings, rows),
        loss=expression_losses(),
        weighted_metrics={"fer7": ["accuracy"], "ferplus8": ["accuracy"]},
    )
    return model


def targets(faces) -> tuple[dict, dict]:
    """One-hot labels and vote shares, with weights that mask rows without a clear vote."""
    labels = {"fer7": np.eye(7, dtype="float32")[faces.fer7], "ferplus8": faces.ferplus8}
    weights = {
        "fer7": np.ones(len(faces), "float32"),
        "ferplus8": (faces.ferplus8.sum(1) > 0).astype("float32"),
    }
    return labels, weights


def network_of(training_model: keras.Model) -> keras.Model:
    """The network inside the training model."""
    return training_model.get_layer("emotion")


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/", out="runs/emotion", epochs=32)
    options = parser.parse_args(arguments)

    keras.config.set_dtype_policy(options.precision)
    folder = options.data / "fer2013"
    shown = shown_pictures(folder)
    train = load_faces(folder / "train.parquet", leave_out=shown, clean=True)
    valid = load_faces(folder / "public_test.parquet")
    keep = slice(options.rows)
    labels, weights = targets(train)
    config = EmotionConfig()
    model = run_loop(
        lambda settings, rows: make_training_model(config, settings, rows),
        settings=LoopSettings(epochs=options.epochs, seed=options.seed),
        data=(
            train.pictures[keep],
            {name: value[keep] for name, value in labels.items()},
            {name: value[keep] for name, value in weights.items()},
        ),
        validation=(valid.pictures, *targets(valid)),
        folder=options.out,
        resume=options.resume,
        facts={"recipe": "training.train_emotion", "config": asdict(config), "precision": options.precision},
    )
    network_of(model).save_weights(options.out / "emotion.weights.h5")


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
