"""Train one of the networks: python -m training.fit RECIPE --data DATA [options].

Chooses the Keras backend before Keras is loaded, then hands over to the recipe.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from emopoi.errors import InputError
from training.recipe_options import BACKENDS, run_recipe

RECIPES = {
    "emotion": ("training.train_emotion", "expression from one picture (fer2013/)"),
    "age_gender": ("training.train_age_gender", "age and gender from one picture (age_gender/)"),
    "multi_head": ("training.train_multi_head", "expression, age and gender at once (fer2013/, age_gender/)"),
    "states": ("training.train_states", "boredom and frustration from an embedding (daisee_faces/)"),
    "emotion_time": ("training.train_emotion_time", "expression over the frames of one face (fer2013/)"),
    "face_coefficients": (
        "training.face3d.train_face_coefficients",
        "3D coefficients from face points (age_gender/, fer2013/)",
    ),
    "face_regressor": ("training.train_dream", "3D coefficients from pixels (age_gender/, fer2013/)"),
    "mouth": ("training.face3d.train_mouth", "openings of a mouth from its window (age_gender/, fer2013/)"),
    "face_detail": ("training.train_detail", "folds and wrinkles from pixels (age_gender/)"),
    "landmark_emotion": (
        "training.expression3d.train_landmark_emotion",
        "expression from face points, no pixels (fer2013/)",
    ),
    "expression3d": (
        "training.expression3d.train_networks",
        "networks on points, distances, voxels, meshes (fer2013/)",
    ),
    "coefficient_emotion": (
        "training.face3d.train_coefficient_emotion",
        "expression from 3D coefficients (fer2013/)",
    ),
}
"""The one table of recipes: name -> (module with `main(arguments)`, what it trains)."""

_HELP = """\
usage: python -m training.fit RECIPE --data DATA [--out RUN] [--epochs N] [--resume]
           [--backend {backends}] [--mixed-precision] [--devices N] [--track {{tensorboard|mlflow}}]

Train one of the networks. What a recipe takes beside these: python -m training.fit RECIPE --help

recipes:
{recipes}

examples:
  try a recipe on 500 rows, about a minute
    python -m training.fit emotion --data data --out runs/try --rows 500 --epochs 1
  train it, on JAX, and look on at http://localhost:6006 with `tensorboard --logdir runs`
    python -m training.fit emotion --data data --out runs/emotion --backend jax --track tensorboard
  the same with MLflow: curves and figures at http://localhost:5000 with `mlflow ui`
    python -m training.fit landmark_emotion --data data --track mlflow
  go on after a kill
    python -m training.fit emotion --data data --out runs/emotion --backend jax --resume
  share each batch among two GPUs
    python -m training.fit age_gender --data data --devices 2

exit status: 0; 2 for a mistake in arguments or data; 1 where the run failed (loss not a number, disk
full); 130 after Ctrl-C. docs/training.md tells more.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit status, see `run_recipe`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        width = max(map(len, RECIPES))
        recipes = "\n".join(f"  {name:<{width}}  {text}" for name, (_, text) in RECIPES.items())
        print(_HELP.format(backends="|".join(BACKENDS), recipes=recipes), end="")
        return 0
    return run_recipe(lambda: _run(words))


def _run(words: list[str]) -> None:
    name, *rest = words
    if name not in RECIPES:
        near = get_close_matches(name, RECIPES, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"a recipe ({', '.join(RECIPES)}) was expected first, got {name!r}{hint}")
    backend = _backend(rest)
    if backend:
        os.environ["KERAS_BACKEND"] = backend
    # TensorFlow's notes about its build tell a user nothing.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    recipe = importlib.import_module(RECIPES[name][0])
    if not {"-h", "--help"} & set(rest):
        from training.devices import prepare_backend

        prepare_backend()
    # argparse names the program after this.
    shown, sys.argv[0] = sys.argv[0], f"python -m training.fit {name}"
    try:
        recipe.main(rest)
    finally:
        sys.argv[0] = shown


def _backend(words: list[str]) -> str | None:
    """The value of --backend, which must be known before the recipe's own parser can be loaded."""
    chosen = None
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option == "--backend":
            chosen = value if equals else "".join(words[index + 1 : index + 2])
            if chosen not in BACKENDS:
                raise InputError(f"--backend: {' or '.join(BACKENDS)} was expected, got {chosen!r}")
    return chosen


if __name__ == "__main__":
    raise SystemExit(main())
