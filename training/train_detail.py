"""Train what a head can not show: folds and wrinkles, read off pixels and moved by the expression.

python -m training.train_detail --data DATA --regressor RUN --albedo FILE [--out runs/face_detail] [--resume]

The network of `training.train_dream` stays as it is. A second one reads a code off the same pixels, and a
third makes of code and expression a map of displacements in the head's layout of textures. The displaced head
is drawn and should have the picture's colours and, to the eyes of the expression network, its expression.
About two minutes per 5,000 faces on one CPU core.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import numpy as np
from keras import ops

from emopoi.errors import InputError
from emopoi.export.input_levels import MEAN, STD
from emopoi.head.detail_places import DetailPlaces
from emopoi.head.head_model import HeadModel
from emopoi.models.face_detail import (
    DetailAtVertices,
    FaceDetailConfig,
    build_detail_decoder,
    build_detail_encoder,
)
from emopoi.models.face_regressor import build_face_regressor
from emopoi.runtime.frozen_head import load_head
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_model import (
    EMOTION_LAYOUT,
    augmentation,
    config_for,
    load_emotion,
    mirror_places,
)
from training.face3d.face_drawing import FaceDrawing
from training.face3d.looks import Looks
from training.face3d.point_loss import told_loss
from training.face3d.regressor_faces import LAYOUT, PICTURE, load_regressor_faces
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import existing_file, existing_folder, recipe_parser, run_recipe
from training.run_folder import load_weights, save_weights
from training.train_dream import EMOTION, TRAIN, VALID
from training.train_dream import RESULT as REGRESSOR

ENCODER, DECODER = "face_detail.weights.h5", "face_detail_map.weights.h5"
SETTINGS = LoopSettings(
    epochs=4, batch=48, optimizer="adamw", learning_rate=1e-3, warmup_epochs=0.2, weight_decay=1e-3
)


@dataclass(frozen=True)
class DetailRecipe:
    """The choices.

    Attributes:
        loop: epochs, optimizer and the like.
        regressor: weights of the network that stays.
        albedo: of `training.face3d.albedo`.
        emotion: weights of the expression network.
        weights: of the losses: `photometric` with detail, `emotion` with detail, `flat` squares of the
            displacement over its limit, `rough` its steps from texel to texel over the limit.
        drawn_px: side of the drawn picture.
        sizes: of the networks.

    Raises:
        InputError: an unknown loss.
    """

    loop: LoopSettings
    regressor: Path
    albedo: Path
    emotion: Path = EMOTION
    weights: dict[str, float] = field(
        default_factory=lambda: {"photometric": 4.0, "emotion": 0.1, "flat": 0.05, "rough": 0.05}
    )
    drawn_px: int = 96
    sizes: FaceDetailConfig = field(default_factory=FaceDetailConfig)

    def __post_init__(self) -> None:
        unknown = set(self.weights) - {"photometric", "emotion", "flat", "rough"}
        if unknown:
            raise InputError(
                f"losses: photometric, emotion, flat and rough were expected, got {sorted(unknown)}"
            )


def make_detail_model(head: HeadModel, recipe: DetailRecipe, rows: int) -> keras.Model:
    """Everything, compiled; uint8 pictures go in.

    Args:
        head: with a layout of textures.
        recipe: the choices.
        rows: training rows of an epoch.
    """
    basis = AlbedoBasis.load(recipe.albedo)
    coarse_config = config_for(head, basis.modes.shape[-1])
    coarse = build_face_regressor(coarse_config)
    load_weights(coarse, recipe.regressor)
    coarse.trainable = False
    encoder, decoder = build_detail_encoder(recipe.sizes), build_detail_decoder(recipe.sizes)
    draw = FaceDrawing(
        head, basis, crop_px=coarse_config.size, size_px=recipe.drawn_px, jaw=coarse_config.jaw
    )
    augment = augmentation(coarse_config.size, mirror=mirror_places(head) is not None, seed=recipe.loop.seed)
    given = keras.Input((PICTURE, PICTURE, 3), dtype="uint8", name="picture")
    changed, _, whole = augment(given)
    face = keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(changed)
    told = coarse(face, training=False)
    expression = ops.clip(told["expression"], 0.0, 1.0) if head.expression_names else told["expression"]
    code = encoder(face)["code"]
    displacement = decoder({"code": code, "expression": expression})["displacement"]
    moved = DetailAtVertices(DetailPlaces.of_head(draw.head, recipe.sizes.map))(displacement)
    drawn = draw(told, moved)
    looks = Looks(
        LAYOUT.of_centre(coarse_config.size, PICTURE),
        emotion=load_emotion(recipe.emotion) if recipe.weights.get("emotion") else None,
        emotion_layout=EMOTION_LAYOUT,
        mouth=None,
        landmarks=head.landmarks.indices,
        name="looks",
    )
    seen = looks(whole, drawn["image"], drawn["part"])
    share = displacement / recipe.sizes.limit
    outputs = {
        "photometric": seen["photometric"],
        "emotion": seen["emotion"],
        "flat": ops.mean(ops.square(share), axis=(1, 2)),
        "rough": ops.mean(ops.abs(share[:, 1:] - share[:, :-1]), axis=(1, 2))
        + ops.mean(ops.abs(share[:, :, 1:] - share[:, :, :-1]), axis=(1, 2)),
    }
    outputs = {
        name: keras.layers.Activation("linear", dtype="float32", name=f"{name}_told")(outputs[name])
        for name in recipe.weights
    }
    model = keras.Model(given, outputs)
    model.compile(
        make_optimizer(recipe.loop, rows), loss=dict.fromkeys(outputs, told_loss), loss_weights=recipe.weights
    )
    return model


def train(
    head: HeadModel, data: Path, cache: Path, out: Path, *, recipe: DetailRecipe, resume: bool = False,
    rows: int | None = None, precision: str = "mixed_bfloat16", files: tuple[str, ...] = TRAIN[:1],
    track: str | None = None,
) -> tuple[keras.Model, keras.Model]:  # fmt: skip
    """Train; leaves the weights of both networks in the run's folder.

    Args:
        head: with a layout of textures.
        data: holds age_gender/.
        cache: where points and solutions are kept.
        out: folder of the run.
        recipe: the choices.
        resume: go on where it stopped.
        rows: use only the first so many rows of each file.
        precision: Keras dtype policy.
        files: parquet files to learn from; FER2013's pictures of 48 pixels show no folds.
        track: name of a tracker, see `run_loop`.

    Returns:
        Encoder and decoder.
    """
    keras.config.set_dtype_policy(precision)
    recipe = replace(recipe, sizes=replace(recipe.sizes, expressions=head.n_expressions))
    faces, valid = (load_regressor_faces(head, data, cache, part, rows) for part in (files, VALID))

    def zeros(count: int) -> dict[str, np.ndarray]:
        return dict.fromkeys(recipe.weights, np.zeros((count, 1), np.float32))

    model = run_loop(
        lambda loop, count: make_detail_model(head, replace(recipe, loop=loop), count),
        settings=recipe.loop,
        data=(faces.pictures, zeros(len(faces))),
        validation=(valid.pictures, zeros(len(valid))),
        folder=out,
        resume=resume,
        facts={
            "recipe": "training.train_detail",
            "choices": {
                "regressor": str(recipe.regressor),
                "albedo": str(recipe.albedo),
                "weights": recipe.weights,
            },
            "head": head.name,
            "precision": precision,
        },
        files=[*(data / file for file in (*files, *VALID)), recipe.regressor, recipe.albedo],
        track=track,
    )
    encoder, decoder = (model.get_layer(name) for name in ("detail_encoder", "detail_decoder"))
    save_weights(encoder, out / ENCODER)
    save_weights(decoder, out / DECODER)
    return encoder, decoder


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="age_gender/", out="runs/face_detail", epochs=SETTINGS.epochs)
    add = parser.add_argument
    add(
        "--regressor",
        type=existing_folder,
        required=True,
        metavar="RUN",
        help="of training.train_dream --look",
    )
    add("--albedo", type=existing_file, required=True, metavar="FILE", help="that the run was made with")
    add("--head", type=Path, metavar="FILE", help="another head (default: the shipped one)")
    add("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    options = parser.parse_args(arguments)
    train(
        load_head(options.head),
        options.data,
        options.meshes or options.out,
        options.out,
        recipe=DetailRecipe(
            replace(SETTINGS, epochs=options.epochs, seed=options.seed),
            regressor=options.regressor / REGRESSOR,
            albedo=options.albedo,
        ),
        resume=options.resume,
        rows=options.rows,
        precision=options.precision,
        track=options.track,
    )
    print(json.dumps({"encoder": str(options.out / ENCODER), "decoder": str(options.out / DECODER)}))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
