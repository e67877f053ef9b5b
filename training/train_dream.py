"""Train the network that gives a head's coefficients from pixels.

python -m training.train_dream --data DATA [--head FILE] [--out runs/face_regressor] [--resume]

It learns from faces of UTKFace and FER2013 that MediaPipe's landmark network sees: where the points are,
in the picture and in depth, and what the landmark solver says of identity and expressions. Faces are
turned, scaled, shifted, mirrored, lit and covered as they come. About two minutes an epoch on one CPU core.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

if __package__ in (None, ""):  # run as a file: python training/train_dream.py
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
from keras import ops

from emopoi.export.input_levels import MEAN, STD
from emopoi.head.head_model import HeadModel
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.models.augmentation import TracedAugmentation
from emopoi.models.face_regressor import FaceRegressorConfig, build_face_regressor
from emopoi.models.head_in_crop import HeadInCrop
from emopoi.runtime.frozen_head import load_head
from training.face3d.regressor_faces import RegressorFaces, load_regressor_faces
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import recipe_parser, run_recipe
from training.run_folder import save_weights

RESULT = "face_regressor.weights.h5"
TRAIN = ("age_gender/train.parquet", "fer2013/train.parquet")
VALID = ("age_gender/valid.parquet",)
SETTINGS = LoopSettings(
    epochs=24,
    batch=96,
    optimizer="adamw",
    learning_rate=2e-3,
    warmup_epochs=1,
    weight_decay=5e-3,
    fall_epochs=10,
)
WEIGHTS = {"points": 20.0, "shape": 10.0, "expression": 8.0, "rotation": 10.0}
"""Of the losses: points and shape are mean distances over the eye distance, the others squared errors.
Without the rotation training ends with a head that is pitched by 75 degrees and bent back by identity."""

LIDS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373))
LIPS = ((13, 14), (82, 87), (312, 317), (0, 17), (61, 291))
CLOSURE = 2.0
"""How much the distances of lids and of lips count beside the places of all points."""


class PointsLoss(keras.losses.Loss):
    """Mean distance of points, depth at a third, and errors of the openings of eyes and mouth.

    Both tensors are float32 (N, L + 1, 3): points, and in the last row of the true ones the eye distance.

    Args:
        landmarks: int (L,), number of each point in MediaPipe's mesh; openings between points that are not
            among them do not count.
    """

    def __init__(self, landmarks: np.ndarray, **kwargs):
        super().__init__(**kwargs)
        place = {int(number): index for index, number in enumerate(landmarks)}
        self._gaps = [(place[a], place[b]) for a, b in (*LIDS, *LIPS) if a in place and b in place]

    def call(self, y_true, y_pred):
        """Float32 (N,)."""
        distance = y_true[:, -1:, :1]
        weights = np.array([1.0, 1.0, 1 / 3], np.float32)
        true, found = y_true[:, :-1], y_pred[:, :-1]
        apart = ops.mean(ops.abs(true - found) * weights / distance, axis=(1, 2))
        if not self._gaps:
            return apart
        first, second = (np.array(ends) for ends in zip(*self._gaps, strict=True))

        def openings(points):
            return ops.take(points, first, axis=1)[..., :2] - ops.take(points, second, axis=1)[..., :2]

        gaps = ops.mean(ops.abs(openings(true) - openings(found)) / distance, axis=(1, 2))
        return apart + CLOSURE * gaps


def shape_loss(y_true, y_pred):
    """Mean distance of neutral points, float32 (N, 468, 3) outer-eye distances."""
    return ops.mean(ops.abs(y_true - y_pred), axis=(1, 2))


def make_training_model(head: HeadModel, config: FaceRegressorConfig, picture: int, seed: int) -> keras.Model:
    """Augmentation, network and the head, uncompiled; uint8 pictures go in.

    Args:
        head: whose coefficients the network gives.
        config: of the network.
        picture: side of the pictures, pixels.
        seed: of the augmentation.
    """
    given = keras.Input((picture, picture, 3), dtype="uint8", name="picture")
    mirror = mirror_places(head)
    augment = TracedAugmentation(
        config.size, scale=0.18, rotate_deg=12, shift=0.06, brightness=40, contrast=0.35, erase=0.3,
        grey=0.3, tint=0.1, mirror=mirror is not None, seed=seed, dtype="float32",
    )  # fmt: skip
    changed, transforms = augment(given)
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(changed)
    coefficients = build_face_regressor(config)(face)
    placed = HeadInCrop(head, config.size, mirror, name="head")(
        *(coefficients[name] for name in ("identity", "expression", "turn", "camera")), transforms
    )
    points = keras.layers.ZeroPadding1D((0, 1), dtype="float32")(placed["points"])
    told = {"points": points} | {name: placed[name] for name in ("shape", "expression", "rotation")}
    return keras.Model(given, told)


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


def targets(head: HeadModel, faces: RegressorFaces) -> dict[str, np.ndarray]:
    """What the outputs of the training model should be."""
    layer = HeadInCrop(head, 1, None)
    row = np.repeat(faces.eye_distance_px[:, None, None], 3, axis=2).astype(np.float32)
    return {
        "points": np.concatenate([faces.points[:, head.landmarks.indices], row], axis=1),
        "shape": np.concatenate(
            [
                np.asarray(layer.shape_of(faces.identity[start : start + 4096]))
                for start in range(0, len(faces), 4096)
            ]
        ),
        "expression": faces.expression,
        "rotation": faces.rotation,
    }


def train(
    head: HeadModel, data: Path, cache: Path, out: Path, *, settings: LoopSettings = SETTINGS,
    resume: bool = False, rows: int | None = None, precision: str = "mixed_bfloat16",
) -> keras.Model:  # fmt: skip
    """Train; leaves face_regressor.weights.h5 in the run's folder.

    Args:
        head: whose coefficients are told.
        data: holds age_gender/ and fer2013/.
        cache: where points and solutions are kept.
        out: folder of the run.
        settings: of the loop.
        resume: go on where it stopped.
        rows: use only the first so many rows of each file.
        precision: Keras dtype policy.

    Returns:
        The network.
    """
    keras.config.set_dtype_policy(precision)
    faces = load_regressor_faces(head, data, cache, TRAIN, rows)
    valid = load_regressor_faces(head, data, cache, VALID, rows)
    config = FaceRegressorConfig(identity=head.n_identity, expressions=head.n_expressions)

    def make_model(loop: LoopSettings, count: int) -> keras.Model:
        model = make_training_model(head, config, faces.pictures.shape[1], loop.seed)
        losses = {
            "points": PointsLoss(head.landmarks.indices),
            "shape": shape_loss,
            "expression": "mse",
            "rotation": "mse",
        }
        model.compile(make_optimizer(loop, count), loss=losses, loss_weights=WEIGHTS)
        return model

    model = run_loop(
        make_model,
        settings=settings,
        data=(faces.pictures, targets(head, faces)),
        validation=(valid.pictures, targets(head, valid)),
        folder=out,
        resume=resume,
        facts={"recipe": "training.train_dream", "head": head.name, "precision": precision},
        files=[data / file for file in (*TRAIN, *VALID)],
    )
    network = model.get_layer("face_regressor")
    save_weights(network, out / RESULT)
    return network


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(
        __doc__, holds="age_gender/ and fer2013/", out="runs/face_regressor", epochs=SETTINGS.epochs
    )
    parser.add_argument("--head", type=Path, metavar="FILE", help="another head (default: the shipped one)")
    parser.add_argument("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    options = parser.parse_args(arguments)
    fall = SETTINGS.fall_epochs * options.epochs / SETTINGS.epochs
    train(
        load_head(options.head),
        options.data,
        options.meshes or options.out,
        options.out,
        settings=replace(SETTINGS, epochs=options.epochs, seed=options.seed, fall_epochs=fall),
        resume=options.resume,
        rows=options.rows,
        precision=options.precision,
    )
    print(json.dumps({"weights": str(options.out / RESULT)}))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
