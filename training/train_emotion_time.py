"""Train the LSTM over the frames of one face, on made-up clips.

python -m training.train_emotion_time --data DATA --frame-weights runs/emotion/emotion.weights.h5
    [--out runs/emotion_time] [--resume]

The frame network stays as it is. Five minutes on two CPU cores. Prints what `training.compare_over_time`
tells, for the Keras network; that script tells it for the frozen files.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.emotion import build_emotion_network
from emopoi.models.emotion_time import EmotionTimeConfig, build_emotion_time_networks
from training.calibrate import fit_temperature
from training.compare_over_time import compare
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings, make_optimizer, run_loop
from training.made_clips import draw_clips, make_versions
from training.recipe_options import recipe_parser, run_recipe


def make_training_model(config: EmotionTimeConfig, settings: LoopSettings, rows: int) -> keras.Model:
    """The clip form, compiled."""
    model = build_emotion_time_networks(config)[0]
    model.compile(
        make_optimizer(settings, rows),
        loss={"fer7": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        metrics={"fer7": ["accuracy"]},
    )
    return model


def clip_temperature(clip: keras.Model, given: dict, labels: dict) -> float:
    """How sure the LSTM may be, fitted on clips of validation stills."""
    logits = clip.predict(given, batch_size=512, verbose=0)["fer7"]
    return fit_temperature(logits.reshape(-1, logits.shape[-1]), labels["fer7"].reshape(-1))


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/", out="runs/emotion_time", epochs=12)
    parser.add_argument("--frame-weights", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=24000, help="training clips (default: %(default)s)")
    options = parser.parse_args(arguments)

    network = build_emotion_network()
    network.load_weights(options.frame_weights)
    folder = options.data / "fer2013"
    shown = shown_pictures(folder)
    versions = {}
    for name, file, leave in (("train", "train.parquet", shown), ("valid", "public_test.parquet", set())):
        faces = load_faces(folder / file, leave_out=leave, clean=name == "train")
        keep = slice(options.rows)
        versions[name] = make_versions(
            network, faces.pictures[keep], faces.fer7[keep], MEAN, STD, options.seed
        )
    config = EmotionTimeConfig()
    random = np.random.default_rng(options.seed)
    arrays = {name: draw_clips(versions[name], count, config.clip, random)
              for name, count in (("train", options.clips), ("valid", 2000))}  # fmt: skip
    inputs = {
        name: ({"embedding": value[0], "frame_logits": value[1]}, {"fer7": value[2]})
        for name, value in arrays.items()
    }
    model = run_loop(
        lambda settings, rows: make_training_model(config, settings, rows),
        settings=LoopSettings(
            epochs=options.epochs, batch=128, learning_rate=2e-3, momentum=0.0, warmup_epochs=0.5,
            weight_decay=1e-4, clipnorm=1.0, seed=options.seed,
        ),
        data=inputs["train"],
        validation=inputs["valid"],
        folder=options.out,
        resume=options.resume,
        facts={"recipe": "training.train_emotion_time", "config": asdict(config)},
    )  # fmt: skip
    clip, step = build_emotion_time_networks(config)
    clip.set_weights(model.get_weights())
    clip.save_weights(options.out / "emotion_clip.weights.h5")
    step.save_weights(options.out / "emotion_time.weights.h5")
    np.savez(options.out / "samples.npz", **{key: value[:64] for key, value in inputs["valid"][0].items()})

    def lstm(embedding: np.ndarray, logits: np.ndarray) -> np.ndarray:
        given = {"embedding": embedding, "frame_logits": logits}
        return clip.predict(given, batch_size=512, verbose=0)["fer7"]

    result = {
        "results": compare({"lstm": lstm}, versions["valid"], config.clip, options.seed),
        "temperature": clip_temperature(clip, *inputs["valid"]),
    }
    (options.out / "comparison.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
