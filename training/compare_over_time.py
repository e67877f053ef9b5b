"""What the LSTM is worth over the plain frame and simple means, on the same embeddings.

python -m training.compare_over_time --data DATA [--frame-weights training/checkpoints/emotion.weights.h5]

Clips of 16 frames are made of public_test stills (`training.made_clips`) and read by the frozen step
file, int8 and float16, and by its rivals. One JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.emotion import build_emotion_network
from emopoi.models.emotion_time import EmotionTimeConfig
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest, find_model
from emopoi.runtime.probabilities import softmax
from training.fer2013 import load_faces
from training.made_clips import Versions, draw_clips, make_versions
from training.recipe_options import run_recipe

FRAME_MS = 40.0
CLIPS = 4000
KEEPS = (0.5, 0.7, 0.8, 0.9)

Network = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Embeddings (N, T, D) and frame logits (N, T, 7) to scores (N, T, 7)."""


def valid_versions(data: Path, frame_weights: Path, seed: int = 1) -> Versions:
    """Versions of every public_test still, through the Keras frame network.

    Args:
        data: holds fer2013/.
        frame_weights: `.weights.h5` of the expression network.
        seed: for repeatable versions.
    """
    network = build_emotion_network()
    network.load_weights(frame_weights)
    faces = load_faces(data / "fer2013" / "public_test.parquet")
    return make_versions(network, faces.pictures, faces.fer7, MEAN, STD, seed)


def compare(
    networks: Mapping[str, Network], versions: Versions, frames: int, seed: int = 1
) -> dict[str, dict[str, float]]:
    """Accuracy and delay of networks and of plain rivals on the same clips.

    Args:
        networks: by the name that the result shall have.
        versions: of validation stills.
        frames: of a clip.
        seed: for repeatable clips.
    """
    random = np.random.default_rng(seed)
    embedding, logits, labels, changes, bad = draw_clips(versions, CLIPS, frames, random)
    probability = softmax(logits)
    scores = {"frame": probability, "running_mean": np.cumsum(probability, axis=1)}
    scores |= {f"exponential_{keep}": exponential_mean(probability, keep) for keep in KEEPS}
    scores |= {name: network(embedding, logits) for name, network in networks.items()}
    return {name: score(value.argmax(-1), labels, changes, bad) for name, value in scores.items()}


def exponential_mean(probability: np.ndarray, keep: float) -> np.ndarray:
    """(N, T, 7) smoothed along T; `keep` is the share of the past."""
    result = probability.copy()
    for frame in range(1, probability.shape[1]):
        result[:, frame] = keep * result[:, frame - 1] + (1 - keep) * probability[:, frame]
    return result


def score(found: np.ndarray, labels: np.ndarray, changes: np.ndarray, bad: np.ndarray) -> dict[str, float]:
    """Accuracy over all frames and over worsened ones; delay after a change, ms.

    The delay is taken over clips that are read right in their last frame.
    """
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


def step_file(model: FrozenModel) -> Network:
    """The frozen step form as a network over whole clips: each clip starts with a state of zeros."""
    zeros = np.zeros(model.manifest.inputs["h"].shape, np.float32)

    def read(embedding: np.ndarray, logits: np.ndarray) -> np.ndarray:
        result = np.empty_like(logits)
        for clip in range(len(logits)):
            h = c = zeros
            for frame in range(logits.shape[1]):
                output = model.run(
                    embedding=embedding[clip, frame][None], frame_logits=logits[clip, frame][None], h=h, c=c
                )
                h, c = output["next_h"], output["next_c"]
                result[clip, frame] = output["fer7"][0]
        return result

    return read


def clip_file(model: FrozenModel) -> Network:
    """The frozen clip form as a network over whole clips."""

    def read(embedding: np.ndarray, logits: np.ndarray) -> np.ndarray:
        outputs = [
            model.run(embedding=embedding[i : i + 1], frame_logits=logits[i : i + 1])["fer7"]
            for i in range(len(logits))
        ]
        return np.concatenate(outputs)

    return read


def compare_files(manifest: Manifest, versions: Versions) -> dict[str, dict[str, float]]:
    """`compare` for every variant of a frozen temporal model, step or clip form."""
    form = step_file if "h" in manifest.inputs else clip_file
    networks = {f"lstm {variant}": form(FrozenModel(manifest, variant)) for variant in manifest.files}
    return compare(networks, versions, EmotionTimeConfig().clip)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds fer2013/")
    parser.add_argument("--frame-weights", type=Path, default=Path("training/checkpoints/emotion.weights.h5"))
    parser.add_argument("--model", default="emotion_time", help="frozen model (default: %(default)s)")
    options = parser.parse_args(arguments)
    versions = valid_versions(options.data, options.frame_weights)
    print(json.dumps(compare_files(find_model(options.model), versions), indent=2))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
