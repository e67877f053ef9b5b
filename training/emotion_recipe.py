"""What a training of the expression network is made of, one field a choice.

The study in docs/emotion-study.md changes one field at a time; `training.train_emotion` runs the
winner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
from training.run_folder import load_weights
from training.soft_labels import blend

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
        teacher: `.weights.h5` of a trained network whose answers are learned too.
        teacher_encoder: its widths.
        distil: share of the FER-7 loss that the teacher's answers make up.
        start: `.weights.h5` of the same network to start from.
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
    teacher_encoder: EncoderConfig = TEACHER
    distil: float = 0.5
    start: Path | None = None

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
    if recipe.start:
        load_weights(network, recipe.start)
    picture = keras.Input((recipe.picture, recipe.picture, 1), dtype="uint8", name="picture")
    by = recipe.augment
    augment = FaceAugmentation(
        recipe.crop, scale=0.2 * by, rotate_deg=12 * by, shift=0.08 * by, brightness=40 * by,
        contrast=0.3 * by, erase=0.5 * by, seed=recipe.loop.seed, dtype="float32",
    )  # fmt: skip
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(augment(picture))
    answers = network(face)
    outputs = {"fer7": answers["fer7"]} | ({"ferplus8": answers["ferplus8"]} if recipe.ferplus else {})
    losses: dict = {name: keras.losses.CategoricalCrossentropy(from_logits=True) for name in outputs}
    if recipe.teacher:
        trained = build_emotion_network(EmotionConfig(size=recipe.crop, encoder=recipe.teacher_encoder))
        load_weights(trained, recipe.teacher)
        teacher = keras.Model(trained.input, trained.output["fer7"], name="teacher")
        teacher.trainable = False
        taught = teacher(face, training=False)
        outputs["fer7"] = keras.layers.Concatenate(dtype="float32", name="with_teacher")(
            [outputs["fer7"], taught]
        )
        losses["fer7"] = TaughtLoss(recipe.distil)
    model_class: type[keras.Model] = keras.Model
    if recipe.sharpness:
        from training.sharpness import SharpnessAwareModel

        model_class = SharpnessAwareModel
    model = model_class(picture, outputs)
    if recipe.sharpness:
        model.radius = recipe.sharpness
    metrics = {name: [keras.metrics.MeanMetricWrapper(_hits, name="accuracy")] for name in outputs}
    model.compile(make_optimizer(recipe.loop, rows), loss=losses, weighted_metrics=metrics)
    return model


@keras.saving.register_keras_serializable("emopoi")
class TaughtLoss(keras.losses.Loss):
    """Cross-entropy to the labels and to a teacher's softened answers (Hinton et al. 2015).

    Args:
        share: of the teacher.
        temperature: that softens both sides; the teacher's part is scaled by its square.
    """

    def __init__(self, share: float = 0.5, temperature: float = 2.0, **kwargs):
        super().__init__(**kwargs)
        self.share, self.temperature = share, temperature

    def call(self, y_true, y_pred):
        """Targets (N, 7); logits of the network and then of the teacher, (N, 14)."""
        own, taught = y_pred[..., :7], ops.stop_gradient(y_pred[..., 7:])
        labels = ops.categorical_crossentropy(y_true, own, from_logits=True)
        soft = ops.softmax(taught / self.temperature)
        answers = ops.categorical_crossentropy(soft, own / self.temperature, from_logits=True)
        return (1 - self.share) * labels + self.share * self.temperature**2 * answers

    def get_config(self):
        """Arguments that make this loss again."""
        return {**super().get_config(), "share": self.share, "temperature": self.temperature}


def _hits(y_true, y_pred):
    width = y_true.shape[-1]
    return ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred[..., :width], -1)), "float32")


def targets(recipe: EmotionRecipe, faces: ExpressionFaces, *, training: bool) -> tuple[dict, dict]:
    """Targets and weights by head; for validation the plain labels.

    Args:
        recipe: the choices.
        faces: the rows.
        training: whether labels are softened.
    """
    if training:
        fer7 = blend(faces.ferplus8, faces.fer7, recipe.votes, recipe.smoothing)
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


def refresh_norms(training_model: keras.Model, pictures: np.ndarray, batch: int, batches: int = 80) -> None:
    """Measure the batch norms' means and variances anew: averaged weights have others than the last ones.

    Args:
        training_model: its weights stay as they are.
        pictures: of training.
        batch: rows at once.
        batches: how many of them.
    """
    random = np.random.default_rng(0)
    for _ in range(batches):
        training_model(pictures[random.integers(0, len(pictures), batch)], training=True)
