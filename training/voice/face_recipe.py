"""What a training of the voice-driven face, and of the two codes apart, is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from emopoi.models.voice.content_encoder import ContentEncoderConfig, build_content_encoder
from emopoi.models.voice.gradient_reversal import GradientReversal
from emopoi.models.voice.mel_decoder import PAST_STEPS, build_mel_decoder
from emopoi.models.voice.synthesizer import SynthesizerConfig, build_synthesizer
from emopoi.models.voice.voice_mask import VoiceMask
from training.loop import LoopSettings
from training.optimizers import make_optimizer
from training.run_folder import load_weights
from training.voice.emotion_recipe import label_loss
from training.voice.face_rows import FRAMES_OUT, STEPS, past_frames

NETWORKS = ("voice_content", "voice_synthesizer", "voice_mel_decoder")


@dataclass(frozen=True)
class VoiceFaceRecipe:
    """How content encoder, synthesizer and decoder are trained together.

    Attributes:
        loop: epochs, optimizer and the like.
        content: sizes of the content encoder.
        face: sizes of the synthesizer.
        velocity: weight of the difference from step to step against that of the coefficients.
        words: weight of how far a face in an emotion moves otherwise than the same one in none.
        reconstruction: weight of the frames told by the decoder, own emotion or another; 0 leaves out decoder
            and rows of labelled voices, and with them what agreement and adversary learn from.
        named: weight of what a network that hears emotion, and learns no more, says of the frames told.
        agreement: weight of how far the content codes of the same words in two emotions are apart.
        adversary: weight of the emotion's name, which the content code shall not tell; 0 for none.
    """

    loop: LoopSettings = field(
        default_factory=lambda: LoopSettings(
            epochs=14,
            batch=24,
            optimizer="adamw",
            learning_rate=2e-3,
            weight_decay=0.01,
            clipnorm=1.0,
            ema=0.99,
        )
    )
    content: ContentEncoderConfig = field(default_factory=ContentEncoderConfig)
    face: SynthesizerConfig = field(default_factory=SynthesizerConfig)
    velocity: float = 2.0
    words: float = 4.0
    reconstruction: float = 1.0
    named: float = 0.5
    agreement: float = 3.0
    adversary: float = 2.0

    @property
    def past(self) -> int:
        """Frames before a row's own."""
        return past_frames(self.content, self.face)


def make_training_model(
    recipe: VoiceFaceRecipe, rows: int, listener: keras.Model | None = None
) -> keras.Model:
    """All networks, compiled.

    Args:
        recipe: the choices.
        rows: training rows of an epoch.
        listener: of `build_emotion_encoder` for `FRAMES_OUT` frames, for the loss `named`; None: without it.
    """
    frames, bands = recipe.past + FRAMES_OUT, recipe.content.bands
    steps = STEPS + recipe.face.past_steps
    mel = keras.Input((frames, bands), dtype="float16", name="mel")
    other = keras.Input((frames, bands), dtype="float16", name="other")
    code = keras.Input((recipe.face.code,), name="code")
    intensity = keras.Input((1,), name="intensity")
    speaker = keras.Input((bands,), name="speaker")
    content = build_content_encoder(frames, recipe.content)
    said = content(VoiceMask(seed=recipe.loop.seed, dtype="float32", name="mask")(mel))
    # Felt and plain rows in one call: batch norms see both at once, as they do on a device.
    twice = {"content": said, "code": code, "intensity": intensity}
    plain = {**twice, "intensity": layers.Rescaling(0.0, name="none")(intensity)}
    both = build_synthesizer(steps, recipe.face)(
        {name: layers.Concatenate(axis=0, name=f"{name}_twice")([twice[name], plain[name]]) for name in twice}
    )
    face, words = {}, []
    for kind, told in both.items():
        face[kind], calm = Halves(dtype="float32", name=f"{kind}_halves")(told)
        words.append(layers.Subtract(dtype="float32")([face[kind], calm]))
    later = layers.Cropping1D((recipe.face.past_steps - PAST_STEPS, 0))(said)
    # Named as losses are reported.
    face = {
        kind: layers.Activation("linear", dtype="float32", name=kind)(told) for kind, told in face.items()
    }
    outputs = dict(face)
    losses: dict = {kind: motion_loss(recipe.velocity) for kind in face}
    weights = dict.fromkeys(face, 1.0)
    if recipe.words:
        outputs["words"] = layers.Concatenate(dtype="float32", name="words")(words)
        losses["words"], weights["words"] = still_loss, recipe.words
    if recipe.reconstruction:
        told = build_mel_decoder(STEPS + PAST_STEPS, recipe.content.code)(
            {"content": later, "code": code, "speaker": speaker}
        )
        outputs["told"] = told
        same = content(layers.Identity(dtype="float32")(other))
        outputs["agreement"] = layers.Subtract(dtype="float32", name="agreement")([said, same])
        losses |= {"told": frame_loss, "agreement": zero_loss}
        weights |= {"told": recipe.reconstruction, "agreement": recipe.agreement}
        if listener is not None:
            listener.trainable = False
            there = keras.Input((FRAMES_OUT,), name="there")
            heard = listener({"mel": told, "there": there}, training=False)["voice8"]
            outputs["named"] = layers.Activation("linear", dtype="float32", name="named")(heard)
            losses["named"], weights["named"] = label_loss, recipe.named
    if recipe.adversary:
        turned = GradientReversal(name="reversal")(later)
        hidden = layers.Conv1D(64, 5, strides=2, activation="relu", name="adversary_near")(turned)
        hidden = layers.Conv1D(64, 5, strides=2, activation="relu", name="adversary_far")(hidden)
        # What probes ask too: the code's own statistics, and patterns over time.
        pooled = layers.Concatenate()(
            [
                layers.GlobalAveragePooling1D()(hidden),
                layers.GlobalMaxPooling1D()(hidden),
                layers.GlobalAveragePooling1D()(turned),
                layers.GlobalMaxPooling1D()(turned),
                layers.GlobalAveragePooling1D()(layers.Multiply()([turned, turned])),
            ]
        )
        pooled = layers.Dense(64, "relu", name="adversary_pooled")(pooled)
        outputs["emotion"] = layers.Dense(8, dtype="float32", name="adversary")(pooled)
        losses["emotion"], weights["emotion"] = label_loss, recipe.adversary
    inputs = {"mel": mel, "other": other, "code": code, "intensity": intensity, "speaker": speaker}
    if "named" in outputs:
        inputs["there"] = there
    model = keras.Model(inputs, outputs)
    model.compile(make_optimizer(recipe.loop, rows), loss=losses, loss_weights=weights)
    return model


def data(
    recipe: VoiceFaceRecipe, rows: dict[str, np.ndarray], *, listener: bool = False
) -> tuple[dict, dict, dict]:
    """Inputs, targets and weights of rows, with those of the loss `named` where there is a listener."""
    inputs = {name: rows[name] for name in ("mel", "other", "code", "intensity", "speaker")}
    targets = {name: rows[name] for name in ("facegood", "arkit")}
    weights = {name: rows[f"{name}_weight"] for name in ("facegood", "arkit")}
    if recipe.words:
        targets["words"] = np.zeros((len(rows["mel"]), 1, 1), np.float32)
        weights["words"] = np.ones(len(rows["mel"]), np.float32)
    if recipe.reconstruction:
        targets |= {"told": rows["told"], "agreement": np.zeros((len(rows["mel"]), 1, 1), np.float32)}
        weights |= {"told": rows["voice_weight"], "agreement": rows["voice_weight"]}
        if listener:
            inputs["there"] = rows["there"]
            targets["named"], weights["named"] = rows["asked"], rows["voice_weight"]
    if recipe.adversary:
        targets["emotion"], weights["emotion"] = rows["emotion"], rows["voice_weight"]
    return inputs, targets, weights


class Halves(layers.Layer):
    """Rows (2 N, ...) as the first and the second N of them."""

    def call(self, tensor):
        """Split."""
        half = ops.shape(tensor)[0] // 2
        return tensor[:half], tensor[half:]


def motion_loss(velocity: float):
    """Difference of coefficients, squared and plain, and that of their steps against the target's steps.

    A penalty on the steps themselves would damp the motion; their difference from the target's does not.
    """

    def loss(y_true, y_pred):
        missed = ops.cast(y_pred, "float32") - ops.cast(y_true, "float32")
        steps = missed[:, 1:] - missed[:, :-1]
        near = 2.0 * ops.mean(ops.sum(ops.square(missed), axis=-1), axis=-1)
        near = near + 0.1 * ops.mean(ops.sum(ops.abs(missed), axis=-1), axis=-1)
        return near + velocity * 2.0 * ops.mean(ops.sum(ops.square(steps), axis=-1), axis=-1)

    loss.__name__ = "motion"
    return loss


def still_loss(y_true, y_pred):
    """How much what should stay the same (N, T, C) changes over the row, and from step to step: (N,)."""
    told = ops.cast(y_pred, "float32")
    moved = told - ops.mean(told, axis=1, keepdims=True)
    steps = told[:, 1:] - told[:, :-1]
    changes = [2.0 * ops.mean(ops.sum(ops.square(part), axis=-1), axis=-1) for part in (moved, steps)]
    return sum(changes) + 0.0 * ops.mean(y_true, axis=(1, 2))


def frame_loss(y_true, y_pred):
    """Difference of levelled frames (N, T, bands), and of how much each band moves: (N,).

    The mean difference alone makes frames smoother than any voice: spread over the row and change over 50 ms
    are compared too.
    """
    target, told = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    near = ops.mean(ops.abs(told - target), axis=(1, 2))
    for moving in (_spread, _change):
        near = near + ops.mean(ops.abs(moving(told) - moving(target)), axis=-1)
    return 4.0 * near


def _spread(frames):
    return ops.sqrt(ops.var(frames, axis=1) + 1e-4)


def _change(frames):
    return ops.mean(ops.abs(frames[:, 5:] - frames[:, :-5]), axis=1)


def zero_loss(y_true, y_pred):
    """Mean square of what should be nothing: (N,)."""
    return ops.mean(ops.square(ops.cast(y_pred, "float32")), axis=(1, 2)) + 0.0 * ops.mean(y_true)


def network_of(model: keras.Model, name: str) -> keras.Model:
    """One of `NETWORKS` inside the training model."""
    return model.get_layer(name)


def load_networks(model: keras.Model, run: Path) -> None:
    """Put the networks of a finished run into a training model.

    Raises:
        ModelFileError: a file is missing, damaged or of other sizes.
    """
    inside = {layer.name for layer in model.layers}
    for name in NETWORKS:
        if name in inside:
            load_weights(network_of(model, name), run / f"{name}.weights.h5")
