import errno
import os
from pathlib import Path

import pytest

from emopoi.errors import InputError, OutputError
from training.errors import DivergedError
from training.recipe_options import recipe_parser, run_recipe
from training.train_emotion import main


@pytest.fixture
def parse(tmp_path):
    parser = recipe_parser("Words.", holds="faces/", out="runs/words", epochs=3)
    return lambda *words: parser.parse_args(["--data", str(tmp_path), *words])


def test_a_missing_data_folder_is_one_line(tmp_path, capsys):
    words = ["--data", str(tmp_path / "nope"), "--out", str(tmp_path / "run")]
    assert run_recipe(lambda: main([*words, "--precision", "float32"])) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "no such folder" in line and "nope" in line


def test_a_missing_data_file_is_one_line(tmp_path, capsys):
    words = ["--data", str(tmp_path), "--out", str(tmp_path / "run"), "--precision", "float32"]
    assert run_recipe(lambda: main(words)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "public_test.parquet: no such file" in line


def test_defaults(parse):
    options = parse()
    assert (options.epochs, options.out, options.precision) == (3, Path("runs/words"), "mixed_bfloat16")
    assert (options.devices, options.track, options.resume, options.seed) == (1, None, False, 1)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--epochs", "0"], "--epochs: a whole number from 1 was expected, got '0'"),
        (["--devices", "two"], "--devices: a whole number from 1 was expected, got 'two'"),
        (["--seed", "-1"], "--seed: a whole number from 0 was expected, got '-1'"),
        (["--precision", "float8"], "--precision: invalid choice: 'float8'"),
        (["--track", "paper"], "--track: invalid choice: 'paper'"),
        (["--tracking-uri", " "], "the address of a server or store was expected"),
        (["--tracking-uri", "x", "--track", "tensorboard"], "not for tensorboard"),
        (["--backend", "torch"], "--backend: tensorflow or jax was expected, got 'torch'"),
        (["--epoch", "3"], "unrecognized arguments: --epoch 3"),
    ],
)
def test_wrong_words_are_told(parse, words, named):
    with pytest.raises(InputError) as caught:
        parse(*words)
    assert named in str(caught.value)


def test_the_tracker_has_its_address_in_whichever_order_they_come(parse):
    tracked, at = ["--track", "mlflow"], ["--tracking-uri", "sqlite:///runs.db"]
    assert parse(*tracked).track == "mlflow"
    for words in (at, tracked + at, at + tracked):
        assert parse(*words).track == "mlflow:sqlite:///runs.db"


def test_the_backend_can_not_change_under_way(parse):
    import keras

    there = keras.backend.backend()
    other = {"jax": "tensorflow", "tensorflow": "jax"}[there]
    assert parse("--backend", there).backend == there
    with pytest.raises(InputError, match=f"Keras has started with {there}"):
        parse("--backend", other)


def test_mixed_precision_is_a_word_for_it(parse):
    assert parse("--precision", "float32").precision == "float32"
    assert parse("--precision", "float32", "--mixed-precision").precision == "mixed_bfloat16"


@pytest.mark.parametrize(
    ("failure", "status", "line"),
    [
        (InputError("no\nsuch file"), 2, "error: no such file\n"),
        (DivergedError("loss is nan"), 1, "error: loss is nan\n"),
        (OutputError("disk full"), 1, "error: disk full\n"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x.npz"), 1, "error: x.npz can not be wr"),
        (ModuleNotFoundError("No module named 'jax'", name="jax"), 2, "error: jax is needed here"),
        (KeyboardInterrupt(), 130, "stopped; --resume goes on"),
    ],
)  # fmt: skip
def test_failures_have_a_line_and_a_status(failure, status, line, capsys):
    def fail():
        raise failure

    assert run_recipe(fail) == status
    told = capsys.readouterr().err
    assert told.startswith(line) and told.count("\n") == 1


@pytest.mark.parametrize(
    "failure", [ValueError("a bug"), OSError(errno.EACCES, "no"), ModuleNotFoundError(name="x")]
)
def test_bugs_are_not_hidden(failure):
    def fail():
        raise failure

    with pytest.raises(type(failure)):
        run_recipe(fail)
