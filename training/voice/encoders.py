"""The two forms of the network that hears emotion, by name."""

from __future__ import annotations

import json
from pathlib import Path

import keras

from emopoi.errors import InputError
from emopoi.models.voice.emotion_encoder import EmotionEncoderConfig, build_emotion_encoder
from emopoi.models.voice.modulation_encoder import build_modulation_encoder
from training.run_folder import SETTINGS, load_weights

WEIGHTS = "voice_emotion.weights.h5"


def encoder_of_run(run: Path) -> keras.Model:
    """The trained encoder of a run of `training.voice`.

    Raises:
        InputError: the run has no encoder.
        ModelFileError: its weights are damaged.
    """
    try:
        settings = json.loads((run / "emotion" / SETTINGS).read_text())
        encoder = _ENCODERS[settings["encoder"]](settings["choices"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{run}: a run with a trained voice_emotion was expected ({error!r})") from error
    load_weights(encoder, run / WEIGHTS)
    return encoder


def _convolutions(choices: dict) -> keras.Model:
    sizes = choices["encoder"]
    return build_emotion_encoder(EmotionEncoderConfig(**sizes | {"widths": tuple(sizes["widths"])}))


_ENCODERS = {"modulations": lambda choices: build_modulation_encoder(), "convolutions": _convolutions}
