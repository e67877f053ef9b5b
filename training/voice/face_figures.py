"""Runs the streaming form over a face that speaks, and says how near it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from emopoi.evaluation.voice_face_figures import motion_figures
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.facegood_names import JAW
from emopoi.models.voice.content_encoder import build_content_encoder
from emopoi.models.voice.synthesizer import build_synthesizer
from emopoi.models.voice.voice_face import CHUNK_FRAMES, CHUNK_STEPS, build_voice_face, content_frames
from emopoi.preprocess.voice_level import FLOOR
from training.run_folder import load_weights
from training.voice.face_rows import Speaking, as_arkit, face_times_s


def streaming_network(run: Path, recipe) -> keras.Model:
    """The streaming form with the weights of a run.

    Args:
        run: holds voice_content.weights.h5 and voice_synthesizer.weights.h5.
        recipe: a `VoiceFaceRecipe`.
    """
    stream = build_voice_face(recipe.content, recipe.face)
    frames = content_frames(CHUNK_STEPS, recipe.content, recipe.face)
    parts = {
        "voice_content": build_content_encoder(frames, recipe.content),
        "voice_synthesizer": build_synthesizer(CHUNK_STEPS + recipe.face.past_steps, recipe.face),
    }
    for name, network in parts.items():
        load_weights(network, run / f"{name}.weights.h5")
        stream.get_layer(name).set_weights(network.get_weights())
    return stream


def stream_over(
    stream: keras.Model, heard: np.ndarray, code: np.ndarray, intensity: float
) -> dict[str, np.ndarray]:
    """Every face of a sound, float32 (S, C) by kind, and `times_s` (S,)."""
    past = stream.input["past"].shape[1]
    count = -(-len(heard) // CHUNK_FRAMES)
    filled = np.full((past + count * CHUNK_FRAMES, heard.shape[1]), FLOOR, np.float32)
    filled[past : past + len(heard)] = heard
    given = {
        "mel": np.stack(
            [filled[past + at : past + at + CHUNK_FRAMES] for at in range(0, len(filled) - past, 10)]
        ),
        "past": np.stack([filled[at : at + past] for at in range(0, len(filled) - past, 10)]),
        "code": np.tile(code.astype(np.float32), (count, 1)),
        "intensity": np.full((count, 1), intensity, np.float32),
    }
    told = stream.predict(given, batch_size=256, verbose=0)
    result = {
        kind: told[kind].reshape(-1, told[kind].shape[-1]).astype(np.float32)
        for kind in ("facegood", "arkit")
    }
    return result | {"times_s": face_times_s(0, count * CHUNK_STEPS)}


def face_figures(stream: keras.Model, clip: Speaking, names: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Jaw correlation and error of one clip, neutral."""
    told = stream_over(stream, clip.heard, np.zeros(stream.input["code"].shape[1]), 0.0)
    times = np.arange(len(clip.coefficients)) / clip.fps
    facegood = clip.kind == "facegood_116"
    found, target, jaw = (
        (told["facegood"], clip.coefficients, names[clip.kind].index(JAW))
        if facegood
        else (told["arkit"], as_arkit(clip, names), ARKIT_NAMES.index("jawOpen"))
    )
    at = np.stack([np.interp(times, told["times_s"], column) for column in found.T], axis=1)
    return motion_figures(at, target, jaw)
