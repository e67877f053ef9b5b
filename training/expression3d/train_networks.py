"""Train one network of the study of 3D expression, on FER2013: points, distances, meshes, voxels.

python -m training.fit expression3d --data DATA --network mesh_cnn [--out runs/expression3d]
python -m training.fit landmark_emotion --data DATA              # the one that ships
python -m training.fit landmark_emotion --data DATA --track mlflow   # then: mlflow ui

Points are found first and kept (`landmark_table`, two minutes), and so are the answers of the shipped network
of pictures, which is the teacher. Each run has a folder RUN/NETWORK. A minute or two each on one CPU core.
What they reach: docs/3d-study.md.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np

from emopoi.head.face_numbers import face_mirror
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.models.landmark_emotion import (
    DIRECTIONS,
    FACE_NUMBERS,
    POINTS,
    build_shape_emotion_network,
)
from emopoi.models.shape_augmentation import FacesOfNumbers, ShapeAugmentation
from emopoi.types.labels import FER7
from training.confusion_picture import draw_confusion
from training.expression3d.labelled_points import (
    TRAIN,
    VALID,
    Labels,
    class_weights,
    training_points,
    validation_points,
)
from training.expression3d.representations import NETWORKS, FaceShape, StudyNetwork
from training.expression3d.scores import scores, with_prior
from training.expression3d.shape_space import ShapeSpace, find_shape_space
from training.loop import LoopSettings, run_loop
from training.mlflow_tracker import add_results
from training.optimizers import make_optimizer
from training.recipe_options import recipe_parser, run_recipe
from training.run_folder import replace_file, save_weights

SHIPPED = "landmark_emotion"


def train(
    name: str, data: Path, kept: Path, out: Path, *, labels: Labels | None = None,
    settings: LoopSettings | None = None, resume: bool = False, rows: int | None = None,
    track: str | None = None,
) -> dict:  # fmt: skip
    """Train one network; leaves weights, answers, samples for the export and figures in its folder.

    Args:
        name: of `NETWORKS`.
        data: holds fer2013/.
        kept: folder of the tables of points and of the teacher's answers.
        out: folder of the run.
        labels: how labels become targets.
        settings: of the loop; None takes the network's own.
        resume: go on where it stopped.
        rows: use only the first so many rows of each file.
        track: name of a tracker, see `run_loop`.

    Returns:
        Figures on public_test, all faces counted.
    """
    labels = labels or Labels()
    network, shape = NETWORKS[name], FaceShape()
    settings = settings or network.loop
    faces = training_points(data, kept, labels, rows)
    valid = validation_points(data, kept, rows)
    mirror = mirror_numbers(shape.template)
    space = find_shape_space(faces.faces, mirror, DIRECTIONS)
    weights = class_weights(faces.labels, labels.balance)
    if network.augmented:
        given, checked = space.numbers(faces.faces), space.numbers(valid.faces)
        targets = faces.targets
    else:
        other_side = mirrored_faces(faces.faces, mirror)
        given = np.concatenate([network.given(shape, one) for one in (faces.faces, other_side)])
        checked = network.given(shape, valid.faces)
        targets, weights = np.concatenate([faces.targets] * 2), np.concatenate([weights] * 2)
    started = time.process_time()

    def make_model(loop: LoopSettings, count: int) -> keras.Model:
        read = keras.Input(given.shape[1:], name="given")
        model = keras.Model(read, _training_answer(network, shape, space, read, loop.seed))
        loss = {"fer7": keras.losses.CategoricalCrossentropy(from_logits=True)}
        model.compile(make_optimizer(loop, count), loss=loss, weighted_metrics={"fer7": ["accuracy"]})
        return model

    model = run_loop(
        make_model,
        settings=settings,
        data=(given, {"fer7": targets}, {"fer7": weights}),
        validation=(checked, {"fer7": valid.targets}),
        folder=out,
        resume=resume,
        facts={"recipe": _recipe(name), "network": name, **asdict(labels)},
        files=[data / TRAIN, data / VALID],
        track=track,
    )
    trained = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    if network.folded:
        trained = on_points(trained, network.build(shape), space)
    elif network.augmented:
        trained = behind_space(trained, space)

    def given_to(faces: np.ndarray) -> np.ndarray:
        return faces if network.augmented else network.given(shape, faces)

    shown = given_to(valid.faces)
    save_weights(trained, out / f"{name}.weights.h5")
    seconds = time.process_time() - started
    trained.predict(shown[:256], batch_size=256, verbose=0)
    asked = time.process_time()
    logits = trained.predict(shown, batch_size=256, verbose=0)["fer7"]
    other_side = given_to(mirrored_faces(valid.faces, mirror))
    logits = (logits + trained.predict(other_side, batch_size=256, verbose=0)["fer7"]) / 2
    asked = time.process_time() - asked
    answers = with_prior(logits, valid.placed, faces.labels)
    sample = given_to(faces.faces[:: max(1, len(faces) // 500)])
    replace_file(out / "samples.npz", lambda file: _write_npz(file, **{trained.input.name: sample}))
    replace_file(out / "answers.npz", lambda file: _write_npz(file, answers=answers, rows=valid.rows))
    figures = {
        **scores(answers, valid.labels, valid.presence),
        "parameters": trained.count_params(),
        "ms_a_face": round(1000 * asked / len(shown), 4),
        "seconds": round(seconds, 1),
        "epochs": settings.epochs,
        "seed": settings.seed,
    }
    replace_file(out / "figures.json", lambda file: file.write_text(json.dumps(figures, indent=1)))
    draw_confusion(
        np.array(figures["confusion"]), FER7, f"{name}, FER2013 public_test", out / "confusion.png"
    )
    if track and track.startswith("mlflow"):
        files = ("confusion.png", "figures.json", f"{name}.weights.h5")
        add_results(out, figures, [out / file for file in files])
    return figures


def _training_answer(network: StudyNetwork, shape: FaceShape, space: ShapeSpace, given, seed: int):
    """What is trained: the network behind the augmentation, or its form on the numbers of the shape space."""
    if not network.augmented:
        return network.build(shape)(given)
    numbers = ShapeAugmentation(space.signs, space.spread, seed=seed)(given)
    if network.folded:
        return build_shape_emotion_network(len(space.spread))(numbers)
    return network.build(shape)(_points_of(space, numbers))


def _points_of(space: ShapeSpace, numbers):
    """Points (N, 468, 3) of the faces that numbers tell."""
    faces = FacesOfNumbers(space.mean, space.directions.T * space.spread[:, None])(numbers)
    return keras.layers.Reshape((POINTS, 3))(faces[:, : 3 * POINTS])


def behind_space(trained: keras.Model, space: ShapeSpace) -> keras.Model:
    """A network on points as it was trained: with faces that lie in the space.

    Args:
        trained: reads float32 (N, 468, 3), differences from the mean face.
        space: what a face has outside of it is left out.

    Returns:
        Reads float32 (N, 1407), as `build_landmark_emotion_network`.
    """
    faces = keras.Input((FACE_NUMBERS,), name="faces")
    numbers = keras.layers.Dense(len(space.spread), dtype="float32", name="shape")
    network = keras.Model(faces, trained(_points_of(space, numbers(faces))))
    numbers.set_weights(space.as_layer())
    return network


def on_points(trained: keras.Model, network: keras.Model, space: ShapeSpace) -> keras.Model:
    """A network on points that says what another says of a shape space's numbers.

    Args:
        trained: of `build_shape_emotion_network`.
        network: of `build_landmark_emotion_network`; it gets the weights.
        space: of the numbers.

    Returns:
        `network`.
    """
    for layer in network.layers[1:]:
        same = layer.name != "shape"
        layer.set_weights(trained.get_layer(layer.name).get_weights() if same else space.as_layer())
    return network


def mirrored_faces(faces: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Faces float32 (N, 1407) as in a mirror: `mirror` int (468,) names each point's image."""
    order, sides = face_mirror(mirror)
    return faces[:, order] * sides


def _recipe(name: str) -> str:
    return (
        "training.fit landmark_emotion" if name == SHIPPED else f"training.fit expression3d --network {name}"
    )


def _write_npz(path: Path, **arrays: np.ndarray) -> None:
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def main(arguments: list[str] | None = None, network: str | None = None) -> None:
    """Command line.

    Args:
        arguments: None takes those of the process.
        network: the one to train; None asks for --network.
    """
    parser = recipe_parser(
        __doc__, holds="fer2013/", out="runs" if network else "runs/expression3d", epochs=None
    )
    if network is None:
        parser.add_argument("--network", choices=list(NETWORKS), required=True)
    parser.add_argument(
        "--points", type=Path, metavar="DIR", help="where points are kept (default: OUT/tables)"
    )
    usual = Labels()
    for field, about in (
        ("teacher", "share of a target that the network of pictures gives"),
        ("votes", "share that FER+ votes give"),
        ("balance", "power by which rare expressions weigh more"),
    ):
        parser.add_argument(
            f"--{field}",
            type=float,
            default=getattr(usual, field),
            metavar="X",
            help=f"{about} (default: %(default)s)",
        )
    options = parser.parse_args(arguments)
    keras.config.set_dtype_policy(options.precision)
    name = network or options.network
    settings = replace(NETWORKS[name].loop, seed=options.seed)
    if options.epochs:
        settings = replace(settings, epochs=options.epochs)
    figures = train(
        name,
        options.data,
        options.points or options.out / "tables",
        options.out / name,
        labels=Labels(votes=options.votes, teacher=options.teacher, balance=options.balance),
        settings=settings,
        resume=options.resume,
        rows=options.rows,
        track=options.track,
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
