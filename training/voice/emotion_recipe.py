"""What a training of the network that hears emotion is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from emopoi.models.voice.emotion_encoder import EmotionEncoderConfig, build_emotion_encoder
from emopoi.models.voice.gradient_reversal import GradientReversal
from emopoi.models.voice.voice_augmentation import VoiceAugmentation
from training.loop import LoopSettings
from training.optimizers import make_optimizer
from training.voice.voice_clips import VoiceClips, balance

NETWORK = "voice_emotion"
_FAR = 30.0  # subtracted from logits of labels that a source does not have


@dataclass(frozen=True)
class VoiceEmotionRecipe:
    """How the network that hears emotion is trained.

    Attributes:
        loop: epochs, optimizer and the like.
        encoder: widths.
        crop: frames that the network sees of a clip while training.
        smoothing: share of a target spread over the labels of its source.
        augment: factor on the strength of what a speaker's throat, pace and microphone change.
        noise: chance of noise.
        masks: of either kind.
        adversary: weight of the speaker's and the sentence's names, which the code shall not tell.
    """

    loop: LoopSettings = field(
        default_factory=lambda: LoopSettings(
            epochs=70,
            batch=24,
            optimizer="adamw",
            learning_rate=2.5e-3,
            weight_decay=0.02,
            clipnorm=1.0,
            ema=0.995,
        )
    )
    encoder: EmotionEncoderConfig = field(default_factory=EmotionEncoderConfig)
    crop: int = 192
    smoothing: float = 0.1
    augment: float = 0.8
    noise: float = 0.35
    masks: int = 2
    adversary: float = 0.0


def make_training_model(recipe: VoiceEmotionRecipe, clips: VoiceClips, rows: int) -> keras.Model:
    """Augmentation and network, compiled; padded frames and their counts go in.

    Args:
        recipe: the choices.
        clips: training clips: how long they are, and how many speakers and sentences there are.
        rows: training rows of an epoch.
    """
    network = build_emotion_encoder(recipe.encoder, recipe.crop)
    mel = keras.Input(clips.mel.shape[1:], dtype="float16", name="mel")
    counts = keras.Input((), dtype="int32", name="counts")
    by = recipe.augment
    augment = VoiceAugmentation(
        recipe.crop, speed=0.2 * by, throat=0.12 * by, pitch=3.0 * by, colour_db=6.0 * by, noise=recipe.noise,
        masks=recipe.masks, room=recipe.noise / 2, seed=recipe.loop.seed, dtype="float32",
    )  # fmt: skip
    changed, there = augment(mel, counts)
    told = network({"mel": changed, "there": there})
    outputs = {"voice8": told["voice8"]}
    losses: dict = {"voice8": label_loss}
    weights = {"voice8": 1.0}
    if recipe.adversary:
        for name in ("speaker", "sentence"):
            hidden = keras.layers.Dense(64, "relu", name=f"{name}_hidden")(GradientReversal()(told["code"]))
            count = len(np.unique(getattr(clips, name)))
            outputs[name] = keras.layers.Dense(count, dtype="float32", name=name)(hidden)
            losses[name] = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            weights[name] = recipe.adversary
    model = keras.Model({"mel": mel, "counts": counts}, outputs)
    metrics = {"voice8": [keras.metrics.MeanMetricWrapper(hits, name="accuracy")]}
    model.compile(
        make_optimizer(recipe.loop, rows), loss=losses, loss_weights=weights, weighted_metrics=metrics
    )
    return model


def inputs(clips: VoiceClips) -> dict[str, np.ndarray]:
    """What the training model reads."""
    return {"mel": clips.mel, "counts": clips.counts}


def targets(recipe: VoiceEmotionRecipe, clips: VoiceClips, *, training: bool) -> tuple[dict, dict]:
    """Targets and weights by output.

    A row of voice8 is a distribution over the labels of the clip's source, and -1 at all others.
    """
    told = {"voice8": soft_labels(clips, recipe.smoothing if training else 0.0)}
    weights = {"voice8": balance(clips) if training else np.ones(len(clips), np.float32)}
    if recipe.adversary:
        for name in ("speaker", "sentence"):
            told[name] = np.unique(getattr(clips, name), return_inverse=True)[1].astype(np.int32)
            # Validation speaks with other voices and so has no name for them.
            weights[name] = np.full(len(clips), float(training), np.float32)
            told[name] = told[name] if training else np.zeros_like(told[name])
    return told, weights


def soft_labels(clips: VoiceClips, smoothing: float) -> np.ndarray:
    """Float32 (N, 8): a distribution over the labels of the clip's source, and -1 at all others."""
    shares = clips.allowed / clips.allowed.sum(1, keepdims=True) * smoothing
    shares[np.arange(len(clips)), clips.label] += 1 - smoothing
    return np.where(clips.allowed, shares, -1).astype(np.float32)


def label_loss(y_true, y_pred):
    """Cross-entropy among the labels of each row's source: (N, 8), -1 where there is no such label."""
    has = ops.cast(y_true >= 0, "float32")
    logits = ops.cast(y_pred, "float32") - (1.0 - has) * _FAR
    return -ops.sum(ops.maximum(y_true, 0.0) * ops.log_softmax(logits, axis=-1) * has, axis=-1)


def hits(y_true, y_pred):
    """Whether the best label of the source is the right one: (N,)."""
    logits = ops.where(y_true >= 0, ops.cast(y_pred, "float32"), -1e9)
    return ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(logits, -1)), "float32")


def network_of(model: keras.Model) -> keras.Model:
    """The network inside the training model."""
    return model.get_layer(NETWORK)
