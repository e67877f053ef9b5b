"""Train the network that gives a head's coefficients from pixels.

python -m training.train_dream --data DATA [--head FILE] [--out runs/face_points] [--resume]
python -m training.train_dream --data DATA --look runs/face_points --albedo FILE --mouth WEIGHTS
    [--clips VIDEOS] [--out runs/face_regressor] [--resume]

First it learns from points: of faces of UTKFace and FER2013 that MediaPipe's landmark network sees, where
the points are, in the picture and in depth, and what the landmark solver says of identity and expressions.
Faces are turned, scaled, shifted, mirrored, lit and covered as they come. Then, with --look, it goes on by
looking: its answer is drawn, and should have the picture's colours, its expression to the eyes of the
expression network, and its lips to those of the mouth network; two pictures of one face should have one
identity, and frames of a video no more motion than the points have. Videos need no label and no sound.
Albedo: `training.face3d.albedo`; mouth: `training.face3d.train_mouth`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

if __package__ in (None, ""):  # run as a file: python training/train_dream.py
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np

from emopoi.errors import InputError
from emopoi.head.head_model import HeadModel
from emopoi.models.head_in_crop import HeadInCrop
from emopoi.runtime.frozen_head import load_head
from training.face3d.clip_faces import load_clip_faces
from training.face3d.dream_model import make_training_model, measure_norms, mirror_places
from training.face3d.dream_recipe import LOOK_WEIGHTS, DreamRecipe
from training.face3d.face_pairs import FacePairs
from training.face3d.regressor_faces import RegressorFaces, load_regressor_faces
from training.loop import LoopSettings, run_loop
from training.recipe_options import existing_file, existing_folder, recipe_parser, run_recipe
from training.run_folder import save_weights

RESULT = "face_regressor.weights.h5"
TRAIN = ("age_gender/train.parquet", "fer2013/train.parquet")
VALID = ("age_gender/valid.parquet",)
EMOTION = Path(__file__).parent / "checkpoints" / "emotion.weights.h5"
"""What the shipped expression network was made of."""
CLIP_TIMES = 8
"""How often an epoch shows each pair of frames: there are fewer of them than of photos."""
SETTINGS = LoopSettings(
    epochs=24,
    batch=96,
    optimizer="adamw",
    learning_rate=2e-3,
    warmup_epochs=1,
    weight_decay=5e-3,
    fall_epochs=10,
)
LOOKING = replace(SETTINGS, epochs=4, batch=48, learning_rate=8e-4, warmup_epochs=0.2, fall_epochs=3)
"""Of the second part, in which a face costs eight times as much."""


def targets(head: HeadModel, faces: RegressorFaces) -> dict[str, np.ndarray]:
    """What the outputs that are compared with points should be."""
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


def pair_targets(head: HeadModel, pairs: FacePairs, looks: Mapping[str, float]) -> dict[str, np.ndarray]:
    """The same for pairs; losses that are outputs should be 0."""
    zero = np.zeros((len(pairs.rows), 1), np.float32)
    told = dict.fromkeys(looks, zero) | ({"motion": pairs.motion} if "motion" in looks else {})
    return targets(head, pairs.first) | told


def train(
    head: HeadModel, data: Path, cache: Path, out: Path, *, recipe: DreamRecipe | None = None,
    resume: bool = False, rows: int | None = None, precision: str = "mixed_bfloat16",
    track: str | None = None,
) -> keras.Model:  # fmt: skip
    """Train; leaves face_regressor.weights.h5 in the run's folder.

    Args:
        head: whose coefficients are told.
        data: holds age_gender/ and fer2013/.
        cache: where points and solutions are kept.
        out: folder of the run.
        recipe: the choices; from points alone where None.
        resume: go on where it stopped.
        rows: use only the first so many rows of each file.
        precision: Keras dtype policy.
        track: name of a tracker, see `run_loop`.

    Returns:
        The network.

    Raises:
        InputError: there is no face in the data.
    """
    faces, valid = (load_regressor_faces(head, data, cache, files, rows) for files in (TRAIN, VALID))
    for files, part in ((TRAIN, faces), (VALID, valid)):
        if not len(part):
            raise InputError(f"{', '.join(files)}: the landmark network sees a face in none of the pictures")
    files = [data / file for file in (*TRAIN, *VALID)]
    recipe = recipe or DreamRecipe(SETTINGS)
    return learn(
        head, faces, valid, out, recipe=recipe, resume=resume, precision=precision, files=files, track=track
    )


def learn(
    head: HeadModel, faces: RegressorFaces, valid: RegressorFaces, out: Path, *, recipe: DreamRecipe,
    resume: bool = False, precision: str = "mixed_bfloat16", files: Sequence[Path] = (),
    track: str | None = None,
) -> keras.Model:  # fmt: skip
    """Train on faces at hand; see `train`.

    Args:
        head: whose coefficients are told.
        faces: to learn from.
        valid: to look at after each epoch.
        out: folder of the run.
        recipe: the choices.
        resume: go on where it stopped.
        precision: Keras dtype policy.
        files: that the faces are from; their hashes are noted.
        track: name of a tracker, see `run_loop`.

    Returns:
        The network.
    """
    keras.config.set_dtype_policy(precision)
    if recipe.draws:
        pairs = FacePairs.of_photos(faces)
        if recipe.clips:
            pairs = pairs.and_also(FacePairs.of_clips(load_clip_faces(head, recipe.clips)), CLIP_TIMES)
        given, shown = (
            (part.pictures, pair_targets(head, part, recipe.looks))
            for part in (pairs, FacePairs.of_photos(valid))
        )
    else:
        given, shown = ((part.pictures, targets(head, part)) for part in (faces, valid))
    used = [file for file in (recipe.start, recipe.albedo, recipe.emotion, recipe.mouth) if file]
    spread = faces.expression.std(axis=0)
    model = run_loop(
        lambda loop, count: make_training_model(head, replace(recipe, loop=loop), count, spread),
        settings=recipe.loop,
        data=given,
        validation=shown,
        folder=out,
        resume=resume,
        facts={
            "recipe": "training.train_dream",
            "choices": json.loads(json.dumps(asdict(recipe), default=str)),
            "head": head.name,
            "precision": precision,
        },
        files=[*files, *used],
        track=track,
    )
    network = model.get_layer("face_regressor")
    measure_norms(network, faces.pictures, mirror=mirror_places(head) is not None)
    save_weights(network, out / RESULT)
    return network


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="age_gender/ and fer2013/", out="runs/face_regressor", epochs=None)
    add = parser.add_argument
    add("--head", type=Path, metavar="FILE", help="another head (default: the shipped one)")
    add("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    add("--look", type=existing_folder, metavar="RUN", help="go on by looking from that run's network")
    add("--albedo", type=existing_file, metavar="FILE", help="colours of skin, needed with --look")
    add(
        "--mouth", type=existing_file, metavar="FILE", help=".weights.h5 of train_mouth or any .keras network"
    )
    add(
        "--emotion", type=existing_file, default=EMOTION, metavar="WEIGHTS", help="default: the shipped one's"
    )
    add("--clips", type=existing_folder, metavar="DIR", help="videos to learn from too, no labels needed")
    add("--without", action="append", default=[], choices=LOOK_WEIGHTS, help="leave a loss out (repeatable)")
    options = parser.parse_args(arguments)
    usual = LOOKING if options.look else SETTINGS
    epochs = options.epochs or usual.epochs
    loop = replace(
        usual, epochs=epochs, seed=options.seed, fall_epochs=usual.fall_epochs * epochs / usual.epochs
    )
    recipe = DreamRecipe(loop)
    if options.look:
        left_out = {*options.without, *(() if options.mouth else ("lips",))}
        recipe = DreamRecipe(
            loop,
            looks={name: weight for name, weight in LOOK_WEIGHTS.items() if name not in left_out},
            lip_distances="lips" not in options.without,
            start=options.look / RESULT,
            albedo=options.albedo,
            emotion=options.emotion,
            mouth=options.mouth,
            clips=options.clips,
        )
    elif options.albedo or options.mouth or options.clips or options.without:
        raise InputError("--albedo, --mouth, --clips and --without go with --look RUN")
    train(
        load_head(options.head),
        options.data,
        options.meshes or options.out,
        options.out,
        recipe=recipe,
        resume=options.resume,
        rows=options.rows,
        precision=options.precision,
        track=options.track,
    )
    print(json.dumps({"weights": str(options.out / RESULT)}))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
