"""Train the network that tells from a mouth's window how far and how wide it is open.

python -m training.face3d.train_mouth --data DATA [--meshes DIR] [--out runs/mouth] [--resume]

What it should say is measured on MediaPipe's points of UTKFace and FER2013 pictures. Its inner answer
serves `training.train_dream` as the measure of whether drawn lips stand like those of the picture. About
a minute and a half an epoch on one busy CPU core.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from emopoi.export.input_levels import MEAN, STD
from emopoi.models.mouth import MEASURES, MouthConfig, build_mouth_network
from emopoi.runtime.frozen_head import load_head
from training.face3d.mouth_crops import MouthCrops, cut_mouths
from training.face3d.regressor_faces import load_regressor_faces
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import recipe_parser, run_recipe
from training.run_folder import replace_file, save_weights

RESULT = "mouth.weights.h5"
TRAIN = ("age_gender/train.parquet", "fer2013/train.parquet")
VALID = ("age_gender/valid.parquet",)
VIEWS = 2
"""Windows of each training face, shifted and turned by chance."""
SETTINGS = LoopSettings(
    epochs=8, batch=256, optimizer="adamw", learning_rate=2e-3, warmup_epochs=0.5, weight_decay=1e-2
)


def train(
    data: Path, cache: Path, out: Path, *, settings: LoopSettings = SETTINGS, resume: bool = False,
    rows: int | None = None, precision: str = "mixed_bfloat16", config: MouthConfig | None = None,
    track: str | None = None,
) -> dict[str, float]:  # fmt: skip
    """Train; leaves weights and figures in the run's folder.

    Args:
        data: holds age_gender/ and fer2013/.
        cache: where points and solutions are kept.
        out: folder of the run.
        settings: of the loop.
        resume: go on where it stopped.
        rows: use only the first so many rows of each file.
        precision: Keras dtype policy.
        config: sizes.
        track: name of a tracker, see `run_loop`.

    Returns:
        Figures on validation, see `agreement`.
    """
    keras.config.set_dtype_policy(precision)
    config = config or MouthConfig()
    head = load_head()
    faces = load_regressor_faces(head, data, cache, TRAIN, rows)
    random = np.random.default_rng(settings.seed)
    views = [cut_mouths(faces, config, random) for _ in range(VIEWS)]
    crops = MouthCrops(*(np.concatenate([getattr(v, name) for v in views]) for name in vars(views[0])))
    valid = cut_mouths(load_regressor_faces(head, data, cache, VALID, rows), config, None)
    model = run_loop(
        lambda loop, count: _training_model(config, loop, count),
        settings=settings,
        data=(crops.windows, crops.targets()),
        validation=(valid.windows, valid.targets()),
        folder=out,
        resume=resume,
        facts={"recipe": "training.face3d.train_mouth", "precision": precision},
        files=[data / file for file in (*TRAIN, *VALID)],
        track=track,
    )
    network = model.get_layer("mouth_network")
    save_weights(network, out / RESULT)
    figures = agreement(network, valid)
    replace_file(out / "figures.json", lambda file: file.write_text(json.dumps(figures, indent=1)))
    return figures


def _training_model(config: MouthConfig, loop: LoopSettings, rows: int) -> keras.Model:
    network = build_mouth_network(config)
    window = keras.Input((config.height, config.width, 1), dtype="uint8", name="window")
    changed = keras.layers.RandomContrast(0.4, value_range=(0, 255), seed=loop.seed, dtype="float32")(window)
    changed = keras.layers.RandomBrightness(0.2, value_range=(0, 255), seed=loop.seed, dtype="float32")(
        changed
    )
    told = network(keras.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(changed))
    model = keras.Model(window, {name: told[name] for name in ("measures", "closed")})
    losses = {"measures": "mae", "closed": keras.losses.BinaryCrossentropy(from_logits=True)}
    model.compile(make_optimizer(loop, rows), loss=losses, loss_weights={"measures": 10.0, "closed": 0.3})
    return model


def agreement(network: keras.Model, crops: MouthCrops) -> dict[str, float]:
    """Correlation with what the points say, by measure, and how often `closed` is right."""
    faces = (crops.windows.astype(np.float32) - MEAN) / STD
    told = network.predict(faces, batch_size=512, verbose=0)
    figures = {
        name: round(float(np.corrcoef(told["measures"][:, k], crops.measures[:, k])[0, 1]), 4)
        for k, name in enumerate(MEASURES)
    }
    right = (told["closed"] > 0) == (crops.closed > 0.5)
    return figures | {
        "closed_accuracy": round(float(right.mean()), 4),
        "closed_share": round(float(crops.closed.mean()), 4),
    }


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(
        __doc__, holds="age_gender/ and fer2013/", out="runs/mouth", epochs=SETTINGS.epochs
    )
    parser.add_argument("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    options = parser.parse_args(arguments)
    figures = train(
        options.data,
        options.meshes or options.out,
        options.out,
        settings=replace(SETTINGS, epochs=options.epochs, seed=options.seed),
        resume=options.resume,
        rows=options.rows,
        precision=options.precision,
        track=options.track,
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
