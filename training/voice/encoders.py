"""The networks that hear emotion, out of a run, alone or beside those of another."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from emopoi.errors import InputError
from emopoi.models.voice.emotion_encoder import (
    TOKENS,
    EmotionEncoderConfig,
    build_emotion_encoder,
    build_voice_emotion,
)
from training.run_folder import load_weights, replace_file, save_weights

WEIGHTS = "voice_emotion.weights.h5"
_MEMBERS = "encoders.json"


def encoder_of_run(run: Path) -> keras.Model:
    """What a run of `training.voice` hears emotion with.

    Raises:
        InputError: the run has no encoder.
        ModelFileError: its weights are damaged.
    """
    network = build_voice_emotion(_members(run))
    load_weights(network, run / WEIGHTS)
    return network


def listener_of_run(run: Path, frames: int) -> keras.Model:
    """The last of a run's encoders, for rows of so many frames; see `build_emotion_encoder`."""
    configs = _members(run)
    listener = build_emotion_encoder(configs[-1], frames)
    last = encoder_of_run(run).get_layer(f"encoder_{len(configs)}")
    listener.set_weights(last.get_weights())
    listener.name = "listener"
    return listener


def save_encoder(
    run: Path, encoder: keras.Model, config: EmotionEncoderConfig, tokens: np.ndarray, beside: Path | None
) -> None:
    """Leave a trained encoder in its run.

    Args:
        run: folder of the run.
        encoder: of `build_emotion_encoder`.
        config: its sizes.
        tokens: float32 (8, 64), of `label_tokens`.
        beside: a run whose encoders answer together with it.

    Raises:
        InputError: that run has no encoder.
    """
    configs, encoders = [config], [encoder]
    if beside:
        other = encoder_of_run(beside)
        configs += _members(beside)
        encoders += [other.get_layer(f"encoder_{number}") for number in range(1, len(configs))]
    network = build_voice_emotion(configs)
    for number, one in enumerate(encoders, 1):
        network.get_layer(f"encoder_{number}").set_weights(one.get_weights())
    network.get_layer(TOKENS).set_weights([tokens])
    save_weights(network, run / WEIGHTS)
    told = json.dumps([asdict(one) for one in configs])
    replace_file(run / _MEMBERS, lambda file: file.write_text(told))


def label_tokens(codes: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """The mean code of each label, which stands for it from then on: float32 (count, D).

    Args:
        codes: float (N, D), of one encoder's training clips.
        labels: int (N,).
        count: labels; one without clips has a token of zeros.
    """
    tokens = np.zeros((count, codes.shape[1]), np.float32)
    for label in np.unique(labels):
        tokens[label] = codes[labels == label].mean(axis=0)
    return tokens


def tokens_of(network: keras.Model) -> np.ndarray:
    """Float32 (8, 64): the codes of the labels, in the order of `VOICE8`."""
    return np.asarray(network.get_layer(TOKENS).get_weights()[0], np.float32)


def shares_of(network: keras.Model, logits: np.ndarray) -> np.ndarray:
    """How much of each label's token is in the codes of logits (N, 8): float32 (N, 8)."""
    return np.asarray(network.get_layer(TOKENS).shares(logits), np.float32)


def _members(run: Path) -> list[EmotionEncoderConfig]:
    try:
        told = json.loads((run / _MEMBERS).read_text())
        return [EmotionEncoderConfig(**one | {"widths": tuple(one["widths"])}) for one in told]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{run}: a run with a trained voice_emotion was expected ({error!r})") from error
