"""What a training of the modulation encoder is made of: features of changed voices, then a small head."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from emopoi.models.voice.gradient_reversal import GradientReversal
from emopoi.models.voice.modulation_encoder import (
    ModulationEncoderConfig,
    build_modulation_encoder,
    build_modulation_head,
)
from emopoi.models.voice.modulations import Modulations
from emopoi.models.voice.voice_augmentation import VoiceAugmentation
from emopoi.progress import progress
from training.loop import LoopSettings
from training.optimizers import make_optimizer
from training.run_folder import replace_file
from training.voice.emotion_recipe import hits, label_loss
from training.voice.voice_clips import VoiceClips

FRAMES = 256
"""That features are told of while training: most clips are shorter."""
_BATCH = 32


@dataclass(frozen=True)
class ModulationRecipe:
    """How the modulation encoder is trained.

    Attributes:
        loop: epochs, optimizer and the like.
        encoder: sizes.
        views: how often each clip occurs, the first time as it is, then changed.
        smoothing: share of a target spread over the labels of its source.
        adversary: weight of the speaker's name, which the code shall not tell; 0 for none.
    """

    loop: LoopSettings = field(
        default_factory=lambda: LoopSettings(
            epochs=14, batch=128, optimizer="adamw", learning_rate=2e-3, weight_decay=0.05, clipnorm=1.0,
            ema=0.99,
        )
    )  # fmt: skip
    encoder: ModulationEncoderConfig = field(default_factory=ModulationEncoderConfig)
    views: int = 4
    smoothing: float = 0.1
    adversary: float = 0.0


def features_of(clips: VoiceClips, view: int, cache: Path | None = None) -> np.ndarray:
    """Features of every clip.

    Args:
        clips: the voices.
        view: 0 for the clips as they are; every other one is changed in another way, the same each time.
        cache: folder that keeps them; None keeps nothing.

    Returns:
        float16 (N, F).
    """
    told = hashlib.sha256(np.ascontiguousarray(clips.mel[:, ::16]).tobytes())
    kept = cache / f"modulations_{told.hexdigest()[:12]}_{view}.npy" if cache else None
    if kept and kept.is_file():
        return np.load(kept)
    change = VoiceAugmentation(
        FRAMES,
        speed=0.12,
        throat=0.08,
        pitch=1.5,
        noise=0.25,
        room=0.1,
        colour_db=4.0,
        masks=0,
        seed=view + 1,
    )
    modulations = Modulations(dtype="float32")
    parts = []
    starts = range(0, len(clips), _BATCH)
    for at in progress(starts, len(starts), f"features, view {view}"):
        mel, there = change(clips.mel[at : at + _BATCH], clips.counts[at : at + _BATCH], training=view > 0)
        parts.append(np.asarray(modulations(mel, there)).astype(np.float16))
    result = np.concatenate(parts)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)

        def write(temporary: Path) -> None:
            with open(temporary, "wb") as file:
                np.save(file, result)

        replace_file(kept, write)
    return result


def make_training_model(recipe: ModulationRecipe, speakers: int, rows: int) -> keras.Model:
    """The head, compiled.

    Args:
        recipe: the choices.
        speakers: in the training rows.
        rows: training rows of an epoch.
    """
    head = build_modulation_head(recipe.encoder)
    features = keras.Input(head.input_shape[1:], name="features")
    told = head(features)
    outputs, losses, weights = {"voice8": told["voice8"]}, {"voice8": label_loss}, {"voice8": 1.0}
    if recipe.adversary:
        hidden = keras.layers.Dense(64, "relu", name="speaker_hidden")(GradientReversal()(told["code"]))
        outputs["speaker"] = keras.layers.Dense(speakers, dtype="float32", name="speaker")(hidden)
        losses["speaker"] = keras.losses.CategoricalCrossentropy(from_logits=True)
        weights["speaker"] = recipe.adversary
    model = keras.Model({"features": features}, outputs)
    metrics = {"voice8": [keras.metrics.MeanMetricWrapper(hits, name="accuracy")]}
    model.compile(
        make_optimizer(recipe.loop, rows), loss=losses, loss_weights=weights, weighted_metrics=metrics
    )
    return model


def encoder_of(recipe: ModulationRecipe, model: keras.Model) -> keras.Model:
    """The encoder as a device runs it, with the head of a training model."""
    encoder = build_modulation_encoder(recipe.encoder)
    encoder.get_layer("modulation_head").set_weights(model.get_layer("modulation_head").get_weights())
    return encoder
