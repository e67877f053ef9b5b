"""What a voice adds to a face, on made pairs: nobody in them is both seen and heard.

python -m training.voice_with_face --data DATA [--clips N] [--json]

Each clip of voice_emotion/valid is paired with a made clip of a still of FER2013's public_test that has the
same label (`training.made_clips`: two seconds, the mouth moves, frames are damaged, the expression stays).
Both are read by the shipped files as a device reads them: the face's answer is the mean over its frames, the
voice's that of the whole clip, each weighs by its confidence (`emopoi.profile.fusion`). Pairs are of two
people, and chosen by label: what is found holds for evidence that agrees as often as this.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emopoi.evaluation.voice_metrics import unweighted_recall
from emopoi.profile.fusion import fused_shares
from emopoi.progress import progress
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.types.labels import FER7
from emopoi.types.voice_labels import VOICE8, fer7_from_voice8
from emopoi.vision.sound_reader import read_sound
from training.fer2013 import load_faces
from training.frame_outputs import of_frozen_model
from training.made_clips import ClipSettings, make_clips
from training.recipe_options import existing_folder, natural, positive, run_recipe
from training.voice.probes import bootstrapped

STEADY = ClipSettings(changing=0.0)


def heard_shares(file: Path, model: FrozenModel, rows: np.ndarray) -> np.ndarray:
    """What is heard in clips, among the face's labels.

    Args:
        file: parquet with a column `audio`.
        model: the frozen network.
        rows: places in the file.

    Returns:
        float64 (N, 7), rows sum to 1; even where nothing was heard.
    """
    sounds = pd.read_parquet(file, columns=["audio"]).audio.iloc[rows]
    reader, temperature = VoiceEmotionReader(model), model.manifest.temperature
    told = []
    for sound in progress(sounds, len(rows), "voices"):
        logits = reader.read_clip(read_sound(sound))
        even = np.full(len(FER7), 1 / len(FER7))
        told.append(even if logits is None else fer7_from_voice8(softmax(logits, temperature)))
    return np.array(told)


def seen_shares(file: Path, model: FrozenModel, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What is seen in made clips.

    Args:
        file: FER2013 with votes.
        model: the frozen frame network.
        count: clips.
        seed: for repeatable clips.

    Returns:
        float64 (count, 7), rows sum to 1, and their labels int64 (count,) among `FER7`.
    """
    size = model.manifest.input.size
    clips = make_clips(of_frozen_model(model), load_faces(file), count, size, STEADY, seed)
    return softmax(clips.frame_logits, model.manifest.temperature).mean(axis=1), clips.labels[:, 0]


def paired(seen: np.ndarray, heard: np.ndarray, seed: int) -> np.ndarray:
    """For each voice the place of a face with the same label: int (N,), -1 where there is none."""
    random = np.random.default_rng(seed)
    chosen = np.full(len(heard), -1)
    for label in np.unique(heard):
        faces = np.flatnonzero(seen == label)
        if len(faces):
            own = heard == label
            chosen[own] = random.choice(faces, own.sum(), replace=len(faces) < own.sum())
    return chosen


def compared(face: np.ndarray, voice: np.ndarray, labels: np.ndarray, speakers: np.ndarray) -> dict[str, Any]:
    """Face, voice and both on the same pairs.

    Args:
        face: float (N, 7), shares.
        voice: float (N, 7).
        labels: int (N,) among `FER7`.
        speakers: (N,), whom ranges are drawn over.

    Returns:
        n; accuracy and uar of face, voice and both; gain_over_face and gain_over_voice in accuracy with
        their central 95 % range over drawn speakers.
    """
    both = np.array(
        [fused_shares(one, other, one.max(), other.max()) for one, other in zip(face, voice, strict=True)]
    )
    told = {"face": face.argmax(1), "voice": voice.argmax(1), "both": both.argmax(1)}
    result: dict[str, Any] = {"n": len(labels)}
    for name, answers in told.items():
        result[name] = {
            "accuracy": round(float((answers == labels).mean()), 4),
            "uar": round(unweighted_recall(labels, answers), 4),
        }
    for name in ("face", "voice"):
        gain = (told["both"] == labels).astype(float) - (told[name] == labels)
        result[f"gain_over_{name}"] = bootstrapped(
            lambda rows, gain=gain: float(gain[rows].mean()), speakers, "accuracy"
        )
    return result


def measure(data: Path, clips: int, seed: int) -> dict[str, Any]:
    """All figures, also by collection of voices.

    Args:
        data: holds voice_emotion/ and fer2013/.
        clips: made clips of faces.
        seed: of clips and pairs.
    """
    file = data / "voice_emotion" / "valid.parquet"
    table = pd.read_parquet(file, columns=["label_name", "source", "speaker"])
    places = np.array([VOICE8.index(name) for name in table.label_name])
    heard = fer7_from_voice8(np.eye(len(VOICE8))[places]).argmax(1)
    model = FrozenModel.load("emotion")
    shares, seen = seen_shares(data / "fer2013" / "public_test.parquet", model, clips, seed)
    chosen = paired(seen, heard, seed)
    kept = np.flatnonzero(chosen >= 0)
    voice = heard_shares(file, FrozenModel.load("voice_emotion"), kept)
    face, labels, speakers = shares[chosen[kept]], heard[kept], table.speaker.to_numpy()[kept]
    result = compared(face, voice, labels, speakers) | {"left_out": int((chosen < 0).sum()), "seed": seed}
    sources = table.source.to_numpy()[kept]
    result["by_source"] = {
        str(name): compared(face[own], voice[own], labels[own], speakers[own])
        for name in np.unique(sources)
        for own in [sources == name]
    }
    return result


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    from training.command_line import OneLineParser

    parser = OneLineParser(prog="python -m training.voice_with_face", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, metavar="DATA", help="voice_emotion/ and fer2013/")
    add("--clips", type=positive, default=1500, metavar="N", help="made clips (default: %(default)s)")
    add("--seed", type=natural, default=1, metavar="N")
    add("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    figures = measure(options.data, options.clips, options.seed)
    if options.json:
        print(json.dumps(figures))
        return
    for name, part in ({"all": figures} | figures["by_source"]).items():
        gain = part["gain_over_face"]
        print(
            f"{name}: {part['n']} pairs, accuracy of the face {part['face']['accuracy']:.3f}, of the voice "
            f"{part['voice']['accuracy']:.3f}, of both {part['both']['accuracy']:.3f}; gain over the face "
            f"{gain['accuracy']:+.3f} [{gain['low95']:+.3f}, {gain['high95']:+.3f}]"
        )


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
