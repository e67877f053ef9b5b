"""Scores of voices: unweighted average recall by source, and what a network says of padded clips."""

from __future__ import annotations

import keras
import numpy as np

from emopoi.evaluation.voice_metrics import unweighted_recall
from emopoi.models.voice.emotion_encoder import FRAMES
from emopoi.preprocess.voice_level import FLOOR
from training.voice.voice_clips import VoiceClips

_BATCH = 128


def windowed(clips: VoiceClips, frames: int = FRAMES) -> dict[str, np.ndarray]:
    """The first window of each clip, as the encoder reads it."""
    mel = clips.mel[:, :frames].astype(np.float32)
    mel = np.pad(mel, ((0, 0), (0, frames - mel.shape[1]), (0, 0)), constant_values=FLOOR)
    there = (np.arange(frames) < clips.counts[:, None]).astype(np.float32)
    return {"mel": np.where(there[..., None] > 0, mel, np.float32(FLOOR)), "there": there}


def told_by(network: keras.Model, clips: VoiceClips) -> dict[str, np.ndarray]:
    """Outputs of an encoder on the first window of each clip."""
    given = windowed(clips)
    parts = []
    for at in range(0, len(clips), _BATCH):
        parts.append(
            network({name: value[at : at + _BATCH] for name, value in given.items()}, training=False)
        )
    return {name: np.concatenate([np.asarray(part[name], np.float32) for part in parts]) for name in parts[0]}


def recall_by_source(logits: np.ndarray, clips: VoiceClips) -> dict[str, float]:
    """Unweighted average recall by source, answers among the labels that the source has."""
    told = np.where(clips.allowed, logits, -np.inf).argmax(1)
    return {
        str(source): round(unweighted_recall(clips.label[own], told[own]), 4)
        for source in np.unique(clips.source)
        for own in [clips.source == source]
    }
