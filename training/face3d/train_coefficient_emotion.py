"""Train the network that names an expression from a head's coefficients alone, on FER2013.

python -m training.face3d.train_coefficient_emotion --data DATA [--out runs/coefficient_emotion]
python -m training.face3d.train_coefficient_emotion --data DATA --points    # the same on points, to compare

Each picture's points are solved by themselves and once more as in a mirror. A picture in which the
landmark network sees no face counts too: it places points all the same. About six minutes on one CPU
core, of which solving takes five the first time.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from emopoi.evaluation.metrics import macro_f1
from emopoi.head.head_model import HeadModel
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.models.face_coefficients import build_coefficient_emotion_network, named_from
from emopoi.runtime.frozen_head import load_head
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes, stored_solutions
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.recipe_options import recipe_parser, run_recipe
from training.run_folder import replace_file, save_weights
from training.soft_labels import blend

RESULT = "coefficient_emotion.weights.h5"
TRAIN, VALID = "fer2013/train.parquet", "fer2013/public_test.parquet"
SETTINGS = LoopSettings(
    epochs=40, batch=256, optimizer="adamw", learning_rate=2e-3, warmup_epochs=1, weight_decay=1e-3, mixup=0.2
)
VOTES, SMOOTHING = 0.2, 0.05


def train(
    head: HeadModel, data: Path, cache: Path, out: Path, *, points: bool = False,
    settings: LoopSettings = SETTINGS, resume: bool = False, rows: int | None = None,
    track: str | None = None,
) -> dict[str, float]:  # fmt: skip
    """Train; leaves weights, samples for the export and figures in the run's folder.

    Args:
        head: whose coefficients are read.
        data: holds fer2013/.
        cache: where points and solutions are kept.
        out: folder of the run.
        points: read aligned points instead of coefficients: what a head between them costs.
        settings: of the loop.
        resume: go on where it stopped.
        rows: use only the first so many rows of each file.
        track: name of a tracker, see `run_loop`.

    Returns:
        Figures on public_test.
    """
    folder = data / "fer2013"
    faces = load_faces(folder / "train.parquet", leave_out=shown_pictures(folder), clean=True).first(rows)
    valid = load_faces(folder / "public_test.parquet").first(rows)
    needed = [None if rows is None else int(split.rows.max()) + 1 for split in (faces, valid)]
    mirror = mirror_numbers(head.landmark_points(head.v_template.astype(np.float64)))
    inputs = [
        _inputs(stored_solutions(head, data, cache, TRAIN, mirror=side, rows=needed[0]), points)[faces.rows]
        for side in (None, mirror)
    ]
    target = blend(faces.ferplus8, faces.fer7, VOTES, SMOOTHING)
    solved = stored_solutions(head, data, cache, VALID, rows=needed[1])
    shown = _inputs(solved, points)[valid.rows]
    _, presence = stored_meshes(data, cache, VALID, needed[1])

    def make_model(loop: LoopSettings, count: int) -> keras.Model:
        if points:
            given = keras.Input((shown.shape[1],), name="coefficients")
            model = keras.Model(given, {"fer7": named_from(given)}, name="point_emotion")
        else:
            model = build_coefficient_emotion_network(head.n_identity, head.n_expressions)
        loss = {"fer7": keras.losses.CategoricalCrossentropy(from_logits=True)}
        model.compile(make_optimizer(loop, count), loss=loss, metrics={"fer7": ["accuracy"]})
        return model

    model = run_loop(
        make_model,
        settings=settings,
        data=(np.concatenate(inputs), {"fer7": np.concatenate([target, target])}),
        validation=(shown, {"fer7": np.eye(7, dtype=np.float32)[valid.fer7]}),
        folder=out,
        resume=resume,
        facts={"recipe": "training.face3d.train_coefficient_emotion", "head": head.name, "points": points},
        files=[folder / "train.parquet", folder / "public_test.parquet"],
        track=track,
    )
    save_weights(model, out / RESULT)
    np.savez(out / "samples.npz", coefficients=inputs[0][:: max(1, len(inputs[0]) // 600)])
    told = model.predict(shown, batch_size=1024, verbose=0)["fer7"].argmax(axis=1)
    figures = score(told, valid.fer7, presence[valid.rows] > ENOUGH_PRESENCE)
    replace_file(out / "figures.json", lambda file: file.write_text(json.dumps(figures, indent=1)))
    return figures


def score(told: np.ndarray, labels: np.ndarray, seen: np.ndarray) -> dict[str, float]:
    """Figures of an answer for every picture.

    Args:
        told: int (N,) FER-7.
        labels: int (N,) FER-7.
        seen: bool (N,), whether the landmark network sees a face there.
    """
    right = told == labels
    confusion = np.zeros((7, 7), np.int64)
    np.add.at(confusion, (labels, told), 1)
    return {
        "n": len(labels),
        "accuracy": round(float(right.mean()), 4),
        "n_found": int(seen.sum()),
        "accuracy_found": round(float(right[seen].mean()), 4),
        "macro_f1": round(float(macro_f1(confusion)), 4),
    }


def _inputs(faces, points: bool) -> np.ndarray:
    return faces.raw() if points else faces.coefficients()


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="fer2013/", out="runs/coefficient_emotion", epochs=SETTINGS.epochs)
    parser.add_argument("--head", type=Path, metavar="FILE", help="another head (default: the shipped one)")
    parser.add_argument("--meshes", type=Path, metavar="DIR", help="where points are kept (default: OUT)")
    parser.add_argument("--points", action="store_true", help="read the points themselves, to compare")
    options = parser.parse_args(arguments)
    keras.config.set_dtype_policy("float32")
    figures = train(
        load_head(options.head),
        options.data,
        options.meshes or options.out,
        options.out,
        points=options.points,
        settings=replace(SETTINGS, epochs=options.epochs, seed=options.seed),
        resume=options.resume,
        rows=options.rows,
        track=options.track,
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
