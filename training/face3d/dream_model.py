"""The network inside of what it is trained by: augmentation before it, head, renderer and losses behind."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import ops

from emopoi.errors import ModelFileError
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.head.head_model import HeadModel
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.models.augmentation import TracedAugmentation
from emopoi.models.emotion import build_emotion_network
from emopoi.models.face_regressor import FaceRegressorConfig, build_face_regressor
from emopoi.models.head_in_crop import HeadInCrop
from emopoi.models.mouth import build_mouth_network
from emopoi.runtime.frozen_head import load_head
from training.crop_layouts import FER2013
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_recipe import DreamRecipe
from training.face3d.face_drawing import FaceDrawing
from training.face3d.looks import Looks
from training.face3d.point_loss import ExpressionLoss, PointsLoss, shape_loss, told_loss
from training.face3d.regressor_faces import LAYOUT, PICTURE
from training.optimizers import make_optimizer
from training.run_folder import load_weights
from training.weight_average import refresh_norms

EMOTION_LAYOUT = FER2013.of_centre(*KINDS["emotion"].window)
"""Where the expression network wants eyes and mouth."""


def config_for(head: HeadModel, albedo: int = 0) -> FaceRegressorConfig:
    """Sizes of the network for a head.

    Args:
        head: whose coefficients are told.
        albedo: coefficients of the skin's colours, 0 for none.
    """
    return FaceRegressorConfig(
        identity=head.n_identity,
        expressions=head.n_expressions,
        albedo=albedo,
        # Expressions with ARKit's names open the mouth by themselves.
        jaw=not head.expression_names,
    )


def augmentation(size: int, *, mirror: bool, seed: int) -> TracedAugmentation:
    """Changes that pictures of faces meet."""
    return TracedAugmentation(
        size, scale=0.18, rotate_deg=12, shift=0.06, brightness=40, contrast=0.35, erase=0.3,
        grey=0.3, tint=0.1, mirror=mirror, seed=seed, dtype="float32",
    )  # fmt: skip


def make_training_model(head: HeadModel, recipe: DreamRecipe, rows: int, spread: np.ndarray) -> keras.Model:
    """Everything, compiled; uint8 pictures go in, in pairs where faces are drawn.

    Args:
        head: whose coefficients the network gives.
        recipe: the choices.
        rows: training rows of an epoch.
        spread: float (E,), deviations of expressions over faces.

    Raises:
        ModelFileError: a file named in the recipe is missing, damaged or of another network.
    """
    basis = AlbedoBasis.load(recipe.albedo) if recipe.albedo else None
    config = config_for(head, 0 if basis is None else basis.modes.shape[-1])
    network = build_face_regressor(config)
    if recipe.start:
        start_from(network, recipe.start, head)
    mirror = mirror_places(head)
    augment = augmentation(config.size, mirror=mirror is not None, seed=recipe.loop.seed)
    placing = HeadInCrop(head, config.size, mirror, jaw=config.jaw, name="head")

    def read(pictures):
        changed, transforms, whole = augment(pictures)
        told = network(keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(changed))
        known = {name: told[name] for name in ("identity", "expression", "turn", "camera")}
        return told, placing(*known.values(), transforms, told.get("jaw")), whole

    losses = {
        "points": PointsLoss(head.landmarks.indices, lips=recipe.lip_distances),
        "shape": shape_loss,
        "expression": ExpressionLoss(spread),
        "rotation": "mse",
    }
    weights = dict(recipe.points)
    if recipe.draws:
        given = keras.Input((2, PICTURE, PICTURE, 3), dtype="uint8", name="pictures")
        told, placed, whole = read(given[:, 0])
        _, second, _ = read(given[:, 1])
        seen = _looked_at(head, recipe, config, basis, told, placed, whole)
        apart = ops.mean(ops.abs(placed["shape"] - second["shape"]), axis=(1, 2))
        shown = seen | {"consistency": apart[:, None], "motion": second["expression"] - placed["expression"]}
        shown["prior"] = unlikely(told, named=bool(head.expression_names))
        outputs = {name: shown[name] for name in recipe.looks}
        losses |= dict.fromkeys(outputs, told_loss) | {"motion": ExpressionLoss(spread)}
        weights |= recipe.looks
    else:
        given = keras.Input((PICTURE, PICTURE, 3), dtype="uint8", name="picture")
        _, placed, _ = read(given)
        outputs = {}
    outputs["points"] = keras.layers.ZeroPadding1D((0, 1), dtype="float32")(placed["points"])
    outputs |= {name: placed[name] for name in ("shape", "expression", "rotation")}
    # Named by their places, so that histories tell which loss is which.
    outputs = {
        name: keras.layers.Activation("linear", dtype="float32", name=f"{name}_told")(value)
        for name, value in outputs.items()
    }
    model = keras.Model(given, outputs)
    model.compile(
        make_optimizer(recipe.loop, rows),
        loss={n: losses[n] for n in outputs},
        loss_weights={n: weights[n] for n in outputs},
    )
    return model


def _looked_at(head, recipe, config, basis, told, placed, whole):
    draw = FaceDrawing(head, basis, crop_px=config.size, size_px=recipe.drawn_px, jaw=config.jaw)
    drawn = draw(told)
    looks = Looks(
        LAYOUT.of_centre(config.size, PICTURE),
        emotion=load_emotion(recipe.emotion) if recipe.looks.get("emotion") else None,
        emotion_layout=EMOTION_LAYOUT,
        mouth=load_mouth(recipe.mouth) if recipe.looks.get("lips") else None,
        landmarks=head.landmarks.indices,
        name="looks",
    )
    seen = looks(whole, drawn["image"], drawn["part"], placed["seen"], drawn["eye_distance_px"])
    return {name: seen[name] for name in ("photometric", "emotion", "lips")}


def unlikely(told, *, named: bool):
    """How unusual an answer is.

    Args:
        told: outputs of the network by name, tensors (N, ...).
        named: expressions have names and lie in 0..1; else they are components in standard deviations.

    Returns:
        Tensor (N, 1): squares of what is measured in standard deviations, and what lies outside of 0..1.
    """
    squares = [ops.square(told[name]) for name in ("identity", "albedo", "light")]
    expression = told["expression"]
    beyond = ops.relu(-expression) + ops.relu(expression - 1.0)
    squares.append(100.0 * beyond if named else ops.square(expression))
    if "jaw" in told:
        squares.append(100.0 * ops.square(told["jaw"]))
    return ops.sum(ops.concatenate(squares, axis=-1), axis=-1, keepdims=True)


def start_from(network: keras.Model, weights: Path, head: HeadModel) -> None:
    """Take over what a network knows that tells less: its layers of the same names.

    Raises:
        ModelFileError: no such file, or a network for another head.
    """
    before = build_face_regressor(config_for(head))
    try:
        load_weights(before, weights)
    except ModelFileError:
        # One that tells of colours already.
        load_weights(network, weights)
        return
    for layer in before.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())


def measure_norms(network: keras.Model, pictures: np.ndarray, *, mirror: bool) -> None:
    """Measure the batch norms anew, with the last weights, on pictures augmented as in training.

    Args:
        network: changed.
        pictures: uint8 (N, P, P, 3) of training, at least one.
        mirror: whether training mirrored them.
    """
    augment = augmentation(network.input.shape[1], mirror=mirror, seed=0)

    def view(some: np.ndarray):
        return (augment(some, training=True)[0] - MEAN) / STD

    refresh_norms(network, pictures, batch=min(256, len(pictures)), batches=9, view=view)


def load_emotion(weights: Path) -> keras.Model:
    """The expression network, what its LSTM reads and what it names."""
    network = build_emotion_network()
    load_weights(network, weights)
    return keras.Model(
        network.input, {name: network.output[name] for name in ("embedding", "fer7")}, name="emotion"
    )


def load_mouth(file: Path) -> keras.Model:
    """The mouth network that was trained here, or one of the user's.

    Args:
        file: `.weights.h5` of `training.face3d.train_mouth`; or `.keras`, whose first output (or the one
            called `features`) is compared, and whose input is a normalised grey window (N, H, W, 1).

    Raises:
        ModelFileError: it can not be read.
    """
    if file.suffix != ".keras":
        network = build_mouth_network()
        load_weights(network, file)
        return keras.Model(network.input, network.output["features"], name="mouth_features")
    try:
        network = keras.saving.load_model(file, compile=False)
    except (OSError, ValueError, TypeError) as error:
        raise ModelFileError(f"{file}: a Keras network was expected ({error})") from error
    if len(network.inputs) != 1 or len(network.inputs[0].shape) != 4 or network.inputs[0].shape[-1] != 1:
        raise ModelFileError(f"{file}: a network with one grey picture as its input was expected")
    outputs = network.output if isinstance(network.output, dict) else {"features": network.outputs[0]}
    return keras.Model(
        network.input, outputs.get("features", next(iter(outputs.values()))), name="mouth_features"
    )


def mirror_places(head: HeadModel) -> np.ndarray | None:
    """Int (L,), place of each landmark's mirror image among the landmarks.

    None where a head has not both of each pair, or its expressions no names: its pictures can not be
    mirrored.
    """
    if not head.expression_names:
        return None
    face = load_head()
    numbers = mirror_numbers(face.landmark_points(face.v_template.astype(np.float64)))
    place = {int(number): index for index, number in enumerate(head.landmarks.indices)}
    images = [place.get(int(numbers[number])) for number in head.landmarks.indices]
    return None if None in images else np.array(images, np.int32)
