"""What the LSTM is worth over the plain frame and means over time, on the same embeddings.

python -m training.compare_over_time --data DATA [--model emotion_time] [--write docs/time.md]
python -m training.compare_over_time --write docs/time.md

Two seconds long clips are made of public_test stills (`training.made_clips`), read by the frozen
frame network and followed by the frozen LSTM, every variant, and by its rivals. Then the labelled
real clips go through the real pipeline with each kind of memory. One JSON object; with --write a
page with the tables. `training.publish` measures the same and keeps it in the manifest, from where
the second call takes it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest, find_model
from emopoi.runtime.probabilities import softmax
from training.fer2013 import load_faces
from training.frame_outputs import of_frozen_model
from training.labelled_clips import read_labelled_clips
from training.made_clips import FRAMES_A_SECOND, Clips, make_clips
from training.recipe_options import run_recipe
from training.time_page import page, reason

FRAME_MS = 1000.0 / FRAMES_A_SECOND
CLIPS = 800
SEED = 11
TIME_CONSTANTS_MS = (60, 110, 180, 250, 380, 560)
SETTLED_FRAMES = 12
"""For so long after a change a method may be changing its mind: no flicker."""

Network = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Embeddings (N, T, D) and frame logits (N, T, 7) to scores (N, T, 7)."""


def valid_clips(data: Path, model: FrozenModel, count: int = CLIPS, seed: int = SEED) -> Clips:
    """Clips of public_test stills, as the frozen frame network reads them.

    Args:
        data: holds fer2013/.
        model: the frame network.
        count: clips.
        seed: for repeatable clips.
    """
    faces = load_faces(data / "fer2013" / "public_test.parquet")
    size = model.manifest.inputs["face"].shape[1]
    return make_clips(of_frozen_model(model), faces, count, size, seed=seed)


def compare(networks: Mapping[str, Network], clips: Clips, temperature: float = 1.0) -> dict[str, Any]:
    """Score networks and their rivals on the same clips.

    Args:
        networks: by the name that the result shall have.
        clips: of validation stills.
        temperature: of the frame network's probabilities.

    Returns:
        By method the figures of `score`.
    """
    probability = softmax(clips.frame_logits, temperature)
    scores = {"frame": probability, "running_mean": np.cumsum(probability, axis=1)}
    scores |= {f"mean_{tau}_ms": fading_mean(probability, tau) for tau in TIME_CONSTANTS_MS}
    scores |= {f"weighted_mean_{tau}_ms": weighted_mean(probability, tau) for tau in TIME_CONSTANTS_MS}
    embedding = clips.embedding.astype(np.float32)
    scores |= {name: network(embedding, clips.frame_logits) for name, network in networks.items()}
    heard = legible_changes(probability, clips)
    return {name: score(value.argmax(-1), clips, heard) for name, value in scores.items()}


def fading_mean(probability: np.ndarray, time_constant_ms: float) -> np.ndarray:
    """(N, T, 7) smoothed along T: what is `time_constant_ms` old counts 1/e."""
    keep = np.exp(-FRAME_MS / time_constant_ms)
    result = probability.copy()
    for frame in range(1, probability.shape[1]):
        result[:, frame] = keep * result[:, frame - 1] + (1 - keep) * probability[:, frame]
    return result


def weighted_mean(probability: np.ndarray, time_constant_ms: float) -> np.ndarray:
    """The same where a frame counts as much as its top probability."""
    keep = np.exp(-FRAME_MS / time_constant_ms)
    result = probability * probability.max(-1, keepdims=True)
    for frame in range(1, probability.shape[1]):
        result[:, frame] += keep * result[:, frame - 1]
    return result / result.sum(-1, keepdims=True)


def legible_changes(probability: np.ndarray, clips: Clips) -> list[tuple[int, int, int]]:
    """Changes that can be seen at all: (clip, first frame of the new label, first frame after it).

    A change counts where the mean of the undamaged frames before it and that of those after it are
    both read as labelled, and the new label holds for eight frames. Delays are measured over the same
    changes for every method.

    Args:
        probability: float (N, T, 7) of the frame network.
        clips: the same clips.
    """
    found = []
    for clip in range(len(clips)):
        labels = clips.labels[clip]
        borders = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1), len(labels)]
        legible = []
        for start, end in pairwise(borders):
            shown = probability[clip, start:end][~clips.damaged[clip, start:end]]
            legible.append(len(shown) > 0 and shown.mean(0).argmax() == labels[start])
        for part in range(1, len(legible)):
            start, end = int(borders[part]), int(borders[part + 1])
            if legible[part - 1] and legible[part] and end - start >= 8:
                found.append((clip, start, end))
    return found


def score(found: np.ndarray, clips: Clips, changes: list[tuple[int, int, int]]) -> dict[str, float]:
    """Figures of one method.

    Args:
        found: int (N, T) labels.
        clips: what was shown.
        changes: from `legible_changes`.

    Returns:
        accuracy over all frames and over damaged ones (0..1); median and 90th percentile of the delay
        after a change, milliseconds (a change that is never seen counts as long as it lasted); flicker,
        changes of the answer a second where nothing changes; and the share of frames called disgust,
        the rarest label.
    """
    right = found == clips.labels
    delays = []
    for clip, start, end in changes:
        hits = np.flatnonzero(right[clip, start:end])
        delays.append(FRAME_MS * (hits[0] if len(hits) else end - start))
    steady = _steady(clips.labels)[:, 1:]
    flips = (found[:, 1:] != found[:, :-1]) & steady
    return {
        "accuracy": round(float(right.mean()), 4),
        "accuracy_damaged": round(float(right[clips.damaged].sum() / max(1, clips.damaged.sum())), 4),
        "median_delay_ms": round(float(np.median(delays)), 1) if delays else 0.0,
        "p90_delay_ms": round(float(np.percentile(delays, 90)), 1) if delays else 0.0,
        "flicker_per_s": round(float(flips.sum() / max(1, steady.sum()) * FRAMES_A_SECOND), 3),
        "disgust": round(float((found == 1).mean()), 4),
    }


def _steady(labels: np.ndarray) -> np.ndarray:
    """Bool (N, T): frames with no change of label in the SETTLED_FRAMES before."""
    steady = np.ones(labels.shape, bool)
    for clip, frame in zip(*np.nonzero(labels[:, 1:] != labels[:, :-1]), strict=True):
        steady[clip, frame + 1 : frame + 1 + SETTLED_FRAMES] = False
    return steady


def step_file(model: FrozenModel) -> Network:
    """The frozen step form as a network over whole clips: each clip starts with a state of zeros."""
    inputs = model.manifest.inputs
    states = [name for name in inputs if f"next_{name}" in model.manifest.outputs]

    def read(embedding: np.ndarray, logits: np.ndarray) -> np.ndarray:
        result = np.empty_like(logits)
        for clip in range(len(logits)):
            state = {name: np.zeros(inputs[name].shape, np.float32) for name in states}
            for frame in range(logits.shape[1]):
                output = model.run(
                    embedding=embedding[clip, frame][None], frame_logits=logits[clip, frame][None], **state
                )
                state = {name: output[f"next_{name}"] for name in states}
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


def measure_over_time(manifest: Manifest, data: Path, frame_model: FrozenModel) -> dict[str, Any]:
    """Everything that is measured about a frozen temporal model, step or clip form.

    Args:
        manifest: of the temporal model.
        data: holds fer2013/ and videos/.
        frame_model: whose outputs it reads.

    Returns:
        made_clips_of_public_test: by method the figures of `score`; for the step form also
        labelled_clips, see `read_labelled_clips`.
    """
    clips = valid_clips(data, frame_model)
    stepwise = "h" in manifest.inputs
    form = step_file if stepwise else clip_file
    if not stepwise:
        clips = clips.part(slice(None), slice(manifest.inputs["embedding"].shape[1]))
    networks = {f"lstm {variant}": form(FrozenModel(manifest, variant)) for variant in manifest.files}
    measured: dict[str, Any] = {
        "made_clips_of_public_test": compare(networks, clips, frame_model.manifest.temperature)
    }
    if stepwise:
        time_models = [FrozenModel(manifest, variant) for variant in manifest.files]
        measured["labelled_clips"] = read_labelled_clips(data / "videos", frame_model, time_models)
    return measured


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, help="holds fer2013/ and videos/; without it: figures from the manifest")
    add("--model", default="emotion_time", help="frozen model, by name or folder (default: %(default)s)")
    add("--frame-model", default="emotion", help="whose outputs it reads (default: %(default)s)")
    add("--write", type=Path, metavar="FILE", help="write the tables as a page")
    options = parser.parse_args(arguments)
    frame_model = FrozenModel.load(options.frame_model)
    manifest = find_model(options.model)
    if options.data:
        measured = measure_over_time(manifest, options.data, frame_model)
    else:
        measured = manifest.data.get("measured", {})
    print(json.dumps(measured, indent=2))
    if options.write:
        if "labelled_clips" not in measured:
            raise InputError(f"--write: the step form was expected, got {options.model}")
        frame_file = f"`{frame_model.manifest.name}`, {frame_model.variant}"
        text = page(measured, frame_file=frame_file, clips=CLIPS)
        temporary = options.write.with_name(f"{options.write.name}.writing")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, options.write)
    if "labelled_clips" in measured:
        print(reason(measured), file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
