"""What a training of the expression network is made of, one field a choice.

The study in docs/emotion-study.md changes one field at a time; `training.train_emotion` runs the
winner.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import ops

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.augmentation import FaceAugmentation
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.face_encoder import EncoderConfig
from training.fer2013 import ExpressionFaces
from training.loop import LoopSettings
from training.optimizers import make_optimizer
from training.run_folder import CHECKPOINT, PLATEAU, load_weights
from training.soft_labels import blend
from training.teacher_answers import teacher_answers
from training.widen import widen

STUDENT = EncoderConfig()
TEACHER = EncoderConfig(stages=((64,), (128, 128), (256, 256), (512, 512)))


@dataclass(frozen=True)
class EmotionRecipe:
    """How an expression network is trained.

    Attributes:
        loop: epochs, optimizer and the like.
        encoder: widths.
        picture: side that the 48-px pictures are resized to first, pixels.
        crop: side that the network sees of it while training, pixels.
        smoothing: share of a FER-7 target spread over all labels.
        votes: share of a FER-7 target that the FER+ votes give (see `soft_labels`).
        ferplus: whether the FER+ head is trained too.
        augment: factor on the strength of every change of the pictures.
        sharpness: radius of sharpness-aware minimization, 0 for none.
        teacher: `.weights.h5` of a trained network whose answers are learned too (`teacher_answers`).
        distil: share of a FER-7 target that the teacher's answers make up.
        start: `.weights.h5` to start from: of the same network, or a checkpoint of its run.
        start_encoder: widths of the network in `start`, where it is narrower: it is widened.
        average: share of its own weights in the result; the rest are the teacher's, of the same form.
    """

    loop: LoopSettings = field(default_factory=lambda: LoopSettings(epochs=32))
    encoder: EncoderConfig = STUDENT
    picture: int = 48
    crop: int = 44
    smoothing: float = 0.1
    votes: float = 0.0
    ferplus: bool = True
    augment: float = 1.0
    sharpness: float = 0.0
    teacher: Path | None = None
    distil: float = 0.5
    start: Path | None = None
    start_encoder: EncoderConfig | None = None
    average: float = 1.0

    @property
    def config(self) -> EmotionConfig:
        """The network while training."""
        return EmotionConfig(size=self.crop, encoder=self.encoder)


def make_training_model(recipe: EmotionRecipe, rows: int) -> keras.Model:
    """Augmentation, normalisation and network, compiled; uint8 pictures go in.

    Args:
        recipe: the choices.
        rows: training rows of an epoch.
    """
    network = build_emotion_network(recipe.config)
    picture = keras.Input((recipe.picture, recipe.picture, 1), dtype="uint8", name="picture")
    by = recipe.augment
    augment = FaceAugmentation(
        recipe.crop, scale=0.2 * by, rotate_deg=12 * by, shift=0.08 * by, brightness=40 * by,
        contrast=0.3 * by, erase=0.5 * by, seed=recipe.loop.seed, dtype="float32",
    )  # fmt: skip
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(augment(picture))
    answers = network(face)
    outputs = {"fer7": answers["fer7"]} | ({"ferplus8": answers["ferplus8"]} if recipe.ferplus else {})
    losses = {name: keras.losses.CategoricalCrossentropy(from_logits=True) for name in outputs}
    model_class: type[keras.Model] = keras.Model
    if recipe.sharpness:
        from training.sharpness import SharpnessAwareModel

        model_class = SharpnessAwareModel
    model = model_class(picture, outputs)
    if recipe.sharpness:
        model.radius = recipe.sharpness
    metrics = {name: [keras.metrics.MeanMetricWrapper(_hits, name="accuracy")] for name in outputs}
    if recipe.start and recipe.start_encoder:
        narrow = replace(recipe, encoder=recipe.start_encoder, start_encoder=None)
        widen(network_of(make_training_model(narrow, rows)), network)
    elif recipe.start:
        _start(model, recipe.start)
    model.compile(make_optimizer(recipe.loop, rows), loss=losses, weighted_metrics=metrics)
    return model


def _start(model: keras.Model, file: Path) -> None:
    """Load a network's weights, or those of a checkpoint without its optimizer."""
    load_weights(model if file.name in (CHECKPOINT, PLATEAU) else network_of(model), file)


def _hits(y_true, y_pred):
    return ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1)), "float32")


def targets(recipe: EmotionRecipe, faces: ExpressionFaces, *, training: bool) -> tuple[dict, dict]:
    """Targets and weights by head; for validation the plain labels.

    Args:
        recipe: the choices.
        faces: the rows.
        training: whether labels are softened and the teacher is asked.

    Raises:
        ModelFileError: the teacher's file is no expression network.
    """
    if training:
        fer7 = blend(faces.ferplus8, faces.fer7, recipe.votes, recipe.smoothing)
        if recipe.teacher:
            widths = dict.fromkeys((recipe.start_encoder or recipe.encoder, STUDENT, TEACHER))
            answers = teacher_answers(recipe.teacher, faces.pictures, tuple(widths))
            fer7 = (1 - recipe.distil) * fer7 + recipe.distil * answers
    else:
        fer7 = np.eye(7, dtype="float32")[faces.fer7]
    labels = {"fer7": fer7, "ferplus8": faces.ferplus8}
    weights = {
        "fer7": np.ones(len(faces), "float32"),
        "ferplus8": (faces.ferplus8.sum(1) > 0).astype("float32"),
    }
    heads = ("fer7", "ferplus8") if recipe.ferplus else ("fer7",)
    return {name: labels[name] for name in heads}, {name: weights[name] for name in heads}


def resized(pictures: np.ndarray, side: int) -> np.ndarray:
    """uint8 (N, H, H, 1) -> uint8 (N, side, side, 1)."""
    if pictures.shape[1] == side:
        return pictures
    return np.stack([cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in pictures])[..., None]


def network_of(training_model: keras.Model) -> keras.Model:
    """The network inside the training model."""
    return training_model.get_layer("emotion")
