"""Train the LSTM over the frames of one face, on made-up clips.

python -m training.train_emotion_time --data DATA --frame-weights runs/emotion/emotion.weights.h5
    [--out runs/emotion_time] [--resume]

The frame network stays as it is. Less than eight minutes on two CPU cores, most of it for drawing and
reading the clips. Prints what `training.compare_over_time` tells, for the Keras network; that script
tells it for the frozen files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np

from emopoi.models.emotion import EmotionConfig
from emopoi.models.emotion_time import EmotionTimeConfig, build_emotion_time_networks
from training.calibrate import fit_temperature
from training.compare_over_time import compare
from training.fer2013 import load_faces, shown_pictures
from training.frame_outputs import of_weights
from training.loop import LoopSettings, run_loop
from training.made_clips import Clips, ClipSettings, make_clips
from training.optimizers import make_optimizer
from training.recipe_options import existing_file, positive, recipe_parser, run_recipe
from training.run_folder import save_weights


def make_training_model(config: EmotionTimeConfig, settings: LoopSettings, rows: int) -> keras.Model:
    """The clip form at full pace, compiled."""
    model = build_emotion_time_networks(replace(config, pace=1.0), unroll=False)[0]
    model.compile(
        make_optimizer(settings, rows),
        loss={"fer7": keras.losses.CategoricalCrossentropy(from_logits=True)},
        metrics={"fer7": ["accuracy"]},
    )
    return model


def made_clips(data: Path, frame_weights: Path, count: int, seed: int, rows: int | None) -> dict[str, Clips]:
    """Clips of training stills and a tenth as many of validation stills, which training leaves out.

    Args:
        data: holds fer2013/.
        frame_weights: `.weights.h5` of the expression network.
        count: training clips.
        seed: for repeatable clips.
        rows: use only so many stills; None for all.
    """
    folder = data / "fer2013"
    network = of_weights(frame_weights, folder / "train.parquet")
    shown = shown_pictures(folder)
    clips = {}
    for place, (name, file, leave, number) in enumerate(
        (
            ("train", "train.parquet", shown, count),
            ("valid", "public_test.parquet", set(), max(32, count // 10)),
        )
    ):
        faces = load_faces(folder / file, leave_out=leave, clean=name == "train")
        if rows:
            faces = replace(
                faces, **{key: getattr(faces, key)[:rows] for key in ("pictures", "fer7", "ferplus8")}
            )
        clips[name] = make_clips(network, faces, number, EmotionConfig().size, seed=2 * seed + place)
    return clips


def fit_arrays(clips: Clips) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs and targets as the clip form takes them."""
    given = {"embedding": clips.embedding.astype(np.float32), "frame_logits": clips.frame_logits}
    return given, {"fer7": clips.targets}


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/", out="runs/emotion_time", epochs=8)
    parser.add_argument("--frame-weights", type=existing_file, required=True, metavar="FILE")
    parser.set_defaults(precision="float32")
    parser.add_argument("--clips", type=positive, default=5000, help="training clips (default: %(default)s)")
    options = parser.parse_args(arguments)

    keras.config.set_dtype_policy(options.precision)
    clips = made_clips(options.data, options.frame_weights, options.clips, options.seed, options.rows)
    config = EmotionTimeConfig()
    long_config = replace(config, clip=ClipSettings().frames)
    model = run_loop(
        lambda settings, rows: make_training_model(long_config, settings, rows),
        settings=LoopSettings(
            epochs=options.epochs, batch=64, learning_rate=3e-3, optimizer="adamw", warmup_epochs=0.0,
            weight_decay=1e-3, clipnorm=1.0, seed=options.seed,
        ),
        data=fit_arrays(clips["train"]),
        validation=fit_arrays(clips["valid"]),
        folder=options.out,
        resume=options.resume,
        facts={
            "recipe": "training.train_emotion_time",
            "config": asdict(config),
            "clips": asdict(ClipSettings()),
        },
        files=[
            *(options.data / "fer2013" / name for name in ("train.parquet", "public_test.parquet")),
            options.frame_weights,
        ],
        devices=options.devices,
        track=options.track,
    )  # fmt: skip
    clip, step = build_emotion_time_networks(config)
    clip.set_weights(model.get_weights())
    save_weights(clip, options.out / "emotion_clip.weights.h5")
    save_weights(step, options.out / "emotion_time.weights.h5")
    shown = clips["valid"].part(slice(64))
    np.savez(options.out / "samples.npz", **fit_arrays(shown)[0])

    long_clip = build_emotion_time_networks(long_config, unroll=False)[0]
    long_clip.set_weights(model.get_weights())

    def lstm(embedding: np.ndarray, logits: np.ndarray) -> np.ndarray:
        given = {"embedding": embedding, "frame_logits": logits}
        return np.asarray(long_clip.predict(given, batch_size=256, verbose=0)["fer7"], np.float32)

    valid = clips["valid"]
    logits = lstm(valid.embedding.astype(np.float32), valid.frame_logits)
    result = {
        "results": compare({"lstm": lstm}, valid),
        "temperature": fit_temperature(logits.reshape(-1, logits.shape[-1]), valid.labels.reshape(-1)),
    }
    (options.out / "comparison.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
