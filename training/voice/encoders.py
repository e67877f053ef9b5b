"""The networks that hear emotion, out of a run, alone or beside those of another."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import keras

from emopoi.errors import InputError
from emopoi.models.voice.emotion_encoder import (
    EmotionEncoderConfig,
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


def save_encoder(run: Path, encoder: keras.Model, config: EmotionEncoderConfig, beside: Path | None) -> None:
    """Leave a trained encoder in its run.

    Args:
        run: folder of the run.
        encoder: of `build_emotion_encoder`.
        config: its sizes.
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
    save_weights(network, run / WEIGHTS)
    told = json.dumps([asdict(one) for one in configs])
    replace_file(run / _MEMBERS, lambda file: file.write_text(told))


def _members(run: Path) -> list[EmotionEncoderConfig]:
    try:
        told = json.loads((run / _MEMBERS).read_text())
        return [EmotionEncoderConfig(**one | {"widths": tuple(one["widths"])}) for one in told]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{run}: a run with a trained voice_emotion was expected ({error!r})") from error
