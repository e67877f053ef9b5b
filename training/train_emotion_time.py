"""Train the LSTM over the frames of one face, on made-up clips.

python -m training.train_emotion_time --data DATA --frame-weights runs/emotion/emotion.weights.h5
    [--out runs/emotion_time] [--resume]

The frame network stays as it is. Ten minutes on two CPU cores. Prints, on clips made of
public_test, the accuracy of the plain frame, of the running mean, of the best exponential
mean and of the LSTM, and the delay after a change.
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
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings, make_optimizer, run_loop
from training.made_clips import Versions, draw_clips, make_versions
from training.recipe_options import recipe_parser, run_recipe

FRAME_MS = 40.0


def make_training_model(config: EmotionTimeConfig, settings: LoopSettings, rows: int) -> keras.Model:
    """The clip form, compiled."""
    model = build_emotion_time_networks(config)[0]
    model.compile(
        make_optimizer(settings, rows),
        loss={"fer7": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        metrics={"fer7": ["accuracy"]},
    )
    return model


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    scaled = np.exp(logits - logits.max(-1, keepdims=True))
    return scaled / scaled.sum(-1, keepdims=True)


def compare(clip: keras.Model, versions: Versions, frames: int, seed: int) -> dict[str, dict[str, float]]:
    """Accuracy and delay of the LSTM and its plain rivals on the same embeddings."""
    random = np.random.default_rng(seed)
    embedding, logits, labels, changes, bad = draw_clips(versions, 4000, frames, random)
    probability = softmax(logits)
    rivals = {"frame": probability, "running_mean": np.cumsum(probability, axis=1)}
    for keep in (0.5, 0.7, 0.8, 0.9):
        rivals[f"exponential_{keep}"] = exponential_mean(probability, keep)
    rivals["lstm"] = clip.predict(
        {"embedding": embedding, "frame_logits": logits}, batch_size=512, verbose=0
    )["fer7"]
    return {name: score(value.argmax(-1), labels, changes, bad) for name, value in rivals.items()}


def exponential_mean(probability: np.ndarray, keep: float) -> np.ndarray:
    """(N, T, 7) smoothed along T; `keep` is the share of the past."""
    result = probability.copy()
    for frame in range(1, probability.shape[1]):
        result[:, frame] = keep * result[:, frame - 1] + (1 - keep) * probability[:, frame]
    return result


def score(found: np.ndarray, labels: np.ndarray, changes: np.ndarray, bad: np.ndarray) -> dict[str, float]:
    """Accuracy over all frames and over worsened ones, and median delay after a change, ms."""
    right = found == labels
    delays = []
    for row in np.flatnonzero((changes < labels.shape[1] - 4) & (labels[:, 0] != labels[:, -1])):
        hits = np.flatnonzero(right[row, changes[row] :])
        if len(hits) and right[row, -1]:
            delays.append(hits[0] * FRAME_MS)
    return {
        "accuracy": round(float(right.mean()), 4),
        "accuracy_worsened": round(float(right[bad].mean()), 4),
        "median_delay_ms": float(np.median(delays)),
        "p90_delay_ms": float(np.percentile(delays, 90)),
    }


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
    result = {
        "results": compare(clip, versions["valid"], config.clip, options.seed),
        "temperature": clip_temperature(clip, *inputs["valid"]),
    }
    (options.out / "comparison.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
