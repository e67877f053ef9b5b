"""From the expression network to labels of one's own: a new head, then perhaps its last stage too."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from emopoi.errors import ModelFileError
from emopoi.export.input_levels import MEAN, STD
from emopoi.models.augmentation import FaceAugmentation
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.retrained import build_retrained_network
from emopoi.runtime.probabilities import softmax
from training.augmented_views import augmented_views
from training.calibrate import fit_temperature
from training.made_variables import make_variables

_PREDICT_BATCH = 256


@dataclass(frozen=True)
class TransferSettings:
    """How the network is fitted.

    Attributes:
        views: changed views of each picture that the head learns from, beside the plain one.
        head_epochs: passes over the embeddings.
        head_learning_rate: peak of a cosine, Adam.
        epochs: passes over the pictures while the last stage learns too; 0 leaves it as it is.
        learning_rate: peak of a cosine, AdamW.
        weight_decay: decoupled, for the last stage and the head.
        smoothing: share of a target spread over all labels.
        balance: 0 weighs all pictures alike, 1 all labels.
        batch: pictures a step.
        seed: of weights, order and changes.
    """

    views: int = 5
    head_epochs: int = 20
    head_learning_rate: float = 2e-3
    epochs: int = 12
    learning_rate: float = 5e-4
    weight_decay: float = 5e-2
    smoothing: float = 0.05
    balance: float = 0.5
    batch: int = 64
    seed: int = 1


@dataclass(frozen=True)
class Fitted:
    """One way of training and how well it knows the validation part.

    Attributes:
        way: "head" or "last stage".
        network: `build_retrained_network` with its weights.
        temperature: fitted on validation.
        loss: mean negative log-likelihood on validation with that temperature, nats.
        accuracy: on validation.
    """

    way: str
    network: keras.Model
    temperature: float
    loss: float
    accuracy: float


def label_weights(label: np.ndarray, labels: int, balance: float) -> np.ndarray:
    """Weight of each label, float (K,): rarer ones weigh more; the mean over rows is 1."""
    counts = np.maximum(np.bincount(label, minlength=labels), 1)
    weights = (counts.sum() / counts) ** balance
    return weights / weights[label].mean()


def fit_ways(
    weights: Path,
    pictures: np.ndarray,
    label: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray],
    labels: int,
    settings: TransferSettings,
) -> list[Fitted]:
    """Fit the head, and from there the last stage too.

    Args:
        weights: `.weights.h5` of the expression network.
        pictures: uint8 (N, S, S, 1) grey, S at least the network's input.
        label: int64 (N,).
        validation: pictures and labels that choose.
        labels: how many there are.
        settings: the rest.

    Returns:
        One or two results.

    Raises:
        ModelFileError: the weights are those of another network, or none.
    """
    keras.utils.set_random_seed(settings.seed)
    config = EmotionConfig()
    emotion = build_emotion_network(config)
    try:
        emotion.load_weights(weights)
    except Exception as error:  # Keras and h5py promise no type, and it differs by what is wrong.
        said = " ".join(str(error).split())[:200]
        raise ModelFileError(f"{weights}: no weights of the expression network ({said})") from error
    network = build_retrained_network(labels, config)
    for layer in network.layers[:-1]:
        layer.set_weights(emotion.get_layer(layer.name).get_weights())
    _fit_head(network, emotion, pictures, label, labels, settings)
    ways = [_judged("head", network, validation)]
    _say(ways[-1])
    if settings.epochs:
        deeper = build_retrained_network(labels, config)
        deeper.set_weights(network.get_weights())
        _fit_last_stage(deeper, pictures, label, labels, settings)
        ways.append(_judged("last stage", deeper, validation))
        _say(ways[-1])
    return ways


def logits_of(network: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """What a network says of the middle of pictures: float32 (N, K).

    Args:
        network: from `fit_ways`.
        pictures: uint8 (N, S, S, 1) grey.
    """
    return _in_batches(keras.Model(network.input, network.output["own_labels"]), pictures)


def network_input(pictures: np.ndarray) -> np.ndarray:
    """The normalised middle of pictures, float32 (N, 44, 44, 1)."""
    size = EmotionConfig().size
    start = (pictures.shape[1] - size) // 2
    middle = pictures[:, start : start + size, start : start + size]
    return (middle.astype(np.float32) - np.float32(MEAN)) / np.float32(STD)


def _in_batches(model: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """What a model of one output says; batches are filled up, as each new size is compiled anew."""
    rows = []
    for start in range(0, len(pictures), _PREDICT_BATCH):
        batch = network_input(pictures[start : start + _PREDICT_BATCH])
        missing = _PREDICT_BATCH - len(batch)
        filled = np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), np.float32)])
        rows.append(np.asarray(model.predict_on_batch(filled))[: len(batch)])
    return np.concatenate(rows)


def _fit_head(network, emotion, pictures, label, labels: int, settings: TransferSettings) -> None:
    size = EmotionConfig().size
    encoder = keras.Model(emotion.input, emotion.output["embedding"])
    changed = augmented_views(pictures, settings.views, size=size, seed=settings.seed)
    rows = [_in_batches(encoder, views) for views in (pictures, *np.moveaxis(changed, 1, 0))]
    features = np.concatenate(rows).astype(np.float32)
    middle, spread = features.mean(0), features.std(0) + 1e-3
    targets = np.tile(_targets(label, labels, settings.smoothing), (len(rows), 1))
    weights = np.tile(label_weights(label, labels, settings.balance)[label], len(rows))
    head = keras.Sequential(
        [keras.Input((features.shape[1],)), keras.layers.Dense(labels, dtype="float32",
         kernel_regularizer=keras.regularizers.L2(1e-3))]
    )  # fmt: skip
    batch = settings.batch * 4
    steps = settings.head_epochs * -(-len(features) // batch)
    head.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(settings.head_learning_rate, steps)),
        keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    standard = (features - middle) / spread
    head.fit(
        standard, targets, sample_weight=weights, batch_size=batch, epochs=settings.head_epochs, verbose=0
    )
    kernel, bias = head.layers[-1].get_weights()
    # The standardisation goes into the head: one layer less on the device.
    kernel = kernel / spread[:, None]
    network.get_layer("own_labels").set_weights([kernel, bias - middle @ kernel])


def _fit_last_stage(network, pictures, label, labels: int, settings: TransferSettings) -> None:
    last = f"encoder_{len(EmotionConfig().encoder.stages) - 1}_"
    for layer in network.layers:
        # Statistics of normalisation stay: a few hundred pictures would spoil them.
        layer.trainable = layer.name == "own_labels" or (
            layer.name.startswith(last) and not isinstance(layer, keras.layers.BatchNormalization)
        )
    picture = keras.Input(pictures.shape[1:], dtype="uint8")
    change = FaceAugmentation(
        EmotionConfig().size, scale=0.15, erase=0.25, seed=settings.seed, dtype="float32"
    )
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(change(picture))
    model = keras.Model(picture, network(face)["own_labels"])
    steps = settings.epochs * -(-len(pictures) // settings.batch)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=settings.learning_rate, warmup_steps=max(1, steps // 10)
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay),
        keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    targets = _targets(label, labels, settings.smoothing)
    weights = label_weights(label, labels, settings.balance)[label]
    make_variables(model, (pictures, targets, weights))
    model.fit(
        pictures,
        targets,
        sample_weight=weights,
        batch_size=settings.batch,
        epochs=settings.epochs,
        verbose=0,
        callbacks=[_Progress(settings.epochs)],
    )


class _Progress(keras.callbacks.Callback):
    def __init__(self, epochs: int):
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        loss = (logs or {}).get("loss", float("nan"))
        print(f"last stage: epoch {epoch + 1}/{self.epochs}, loss {loss:.3f}", file=sys.stderr, flush=True)


def _targets(label: np.ndarray, labels: int, smoothing: float) -> np.ndarray:
    return np.eye(labels, dtype=np.float32)[label] * (1 - smoothing) + np.float32(smoothing / labels)


def _judged(way: str, network, validation: tuple[np.ndarray, np.ndarray]) -> Fitted:
    pictures, label = validation
    logits = logits_of(network, pictures)
    temperature = fit_temperature(logits, label)
    shares = softmax(logits, temperature)
    loss = float(-np.log(shares[np.arange(len(label)), label] + 1e-9).mean())
    return Fitted(way, network, temperature, loss, float((logits.argmax(1) == label).mean()))


def _say(fitted: Fitted) -> None:
    print(
        f"{fitted.way}: validation loss {fitted.loss:.3f}, accuracy {fitted.accuracy:.3f}, "
        f"temperature {fitted.temperature:g}",
        file=sys.stderr,
        flush=True,
    )
