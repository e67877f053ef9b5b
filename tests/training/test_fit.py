"""The one door to all recipes."""

import json
import os
import subprocess
import sys
import types
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.evaluation.emotion import VOTES
from training import fit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(monkeypatch):
    """A recipe that notes what it was called with."""
    calls = []

    def main(words):
        calls.append((words, os.environ.get("KERAS_BACKEND"), sys.argv[0]))

    monkeypatch.setitem(sys.modules, "recipe_for_tests", types.SimpleNamespace(main=main))
    monkeypatch.setitem(fit.RECIPES, "noting", ("recipe_for_tests", "nothing"))
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    return calls


def test_a_recipe_gets_its_words_and_its_backend(told):
    before = sys.argv[0]
    assert fit.main(["noting", "--data", "x", "--backend", "jax"]) == 0
    assert fit.main(["noting", "--backend=tensorflow"]) == 0
    program = "python -m training.fit noting"
    assert told == [
        (["--data", "x", "--backend", "jax"], "jax", program),
        (["--backend=tensorflow"], "tensorflow", program),
    ]
    assert sys.argv[0] == before


def test_without_a_backend_the_environment_decides(told, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    fit.main(["noting"])
    assert told[0][1] == "jax"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["emotoin"], "error: a recipe (emotion, age_gender, "),
        (["--data", "x"], "error: a recipe ("),
        (["noting", "--backend", "torch"], "error: --backend: tensorflow or jax was expected, got 'torch'\n"),
        (["noting", "--backend"], "error: --backend: tensorflow or jax was expected, got ''\n"),
    ],
)
def test_mistakes_are_one_line(told, words, line, capsys):
    assert fit.main(words) == 2 and not told
    error = capsys.readouterr().err
    assert error.startswith(line) and error.count("\n") == 1


def test_a_near_miss_is_offered(capsys):
    fit.main(["age-gender"])
    assert "did you mean age_gender?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"]])
def test_help_lists_recipes_and_examples(words, capsys):
    assert fit.main(words) == 0
    shown = capsys.readouterr().out
    assert "examples:" in shown and all(f"\n  {name} " in shown for name in fit.RECIPES)


def test_every_recipe_is_in_the_table():
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "training").rglob("train_*.py")
    }
    # The ranking's weights and the head are no networks: no epochs, no backend to choose.
    assert files - {"training.train_ranking", "training.face3d.train_head"} == {
        module for module, _ in fit.RECIPES.values()
    }


@pytest.mark.parametrize("name", fit.RECIPES)
def test_every_recipe_has_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        fit.main([name, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: python -m training.fit {name} ")
    assert all(option in shown for option in ("--resume", "--devices", "--track", "--mixed-precision"))


@pytest.fixture
def data(tmp_path):
    """A few made-up faces in the form of FER2013."""
    random = np.random.default_rng(0)
    folder = tmp_path / "data" / "fer2013"
    folder.mkdir(parents=True)
    for split, count in (("train", 30), ("public_test", 14)):
        pictures = random.integers(0, 256, (count, 48, 48), dtype=np.uint8)
        votes = {name: random.integers(0, 5, count) for name in VOTES}
        rows = {"image": [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures]}
        names = [f"{split}{row}" for row in range(count)]
        pd.DataFrame(rows | votes | {"label": np.arange(count) % 7, "pixel_sha1": names}).to_parquet(
            folder / f"{split}.parquet"
        )
    return tmp_path / "data"


def test_a_recipe_trains_on_jax(data, tmp_path):
    words = ["emotion", "--backend", "jax", "--data", data, "--out", tmp_path / "run", "--epochs", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "training.fit", *map(str, words), "--track", "tensorboard"],
        cwd=ROOT,
        # Compiling well takes longer than this little training.
        env=os.environ | {"XLA_FLAGS": "--xla_backend_optimization_level=0", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert (told["backend"], told["precision"], told["devices"]) == ("jax", "mixed_bfloat16", ["cpu:0"])
    assert {"python", "keras", "jax", "numpy"} == told["versions"].keys()
    for name in ("train", "public_test"):
        content = (data / "fer2013" / f"{name}.parquet").read_bytes()
        assert told["files"][f"fer2013/{name}.parquet"] == sha256(content).hexdigest()
    row = json.loads((tmp_path / "run" / "history.jsonl").read_text())
    assert row["epoch"] == 1 and np.isfinite(row["val_loss"])
    assert (tmp_path / "run" / "emotion.weights.h5").is_file()
    for part in ("train", "validation"):
        assert list((tmp_path / "run" / "tensorboard" / part).glob("events.out.tfevents.*"))
