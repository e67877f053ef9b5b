from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError, ModelFileError
from emopoi.evaluation import states as module
from emopoi.evaluation.states import balanced_accuracy, evaluate_states, squared
from emopoi.preprocess import CropLayout, InputSpec

LAYOUT = CropLayout(0.4, 0.8, 0.34)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=60))
def test_balanced_accuracy_is_the_mean_of_both_shares(rows):
    rows = [(0, 0.2), (3, 0.9), *rows]
    levels, chance = np.array([level for level, _ in rows]), np.array([value for _, value in rows])
    told = balanced_accuracy(levels, chance, "x")
    assert told["n"] == int((levels != 1).sum())
    assert told["balanced_accuracy"] == pytest.approx((told["high"] + told["low"]) / 2)
    # Asking the other way round and answering the other way round is the same.
    turned = balanced_accuracy(np.array([2, 1, 0, 0])[levels], np.where(chance > 0.5, 0.0, 1.0), "x")
    assert turned["balanced_accuracy"] == pytest.approx(told["balanced_accuracy"])


def test_a_constant_answer_is_worth_a_half_and_a_miss_is_wrong():
    levels = np.array([0, 0, 0, 2, 3, 1])
    assert balanced_accuracy(levels, np.full(6, 0.9), "x")["balanced_accuracy"] == 0.5
    right = np.array([0.1, 0.1, 0.1, 0.9, 0.9, 0.5])
    assert balanced_accuracy(levels, right, "x")["balanced_accuracy"] == 1.0
    assert balanced_accuracy(levels, np.full(6, np.nan), "x")["balanced_accuracy"] == 0.0
    with pytest.raises(InputError, match="level 0 and of level 2"):
        balanced_accuracy(np.array([0, 1]), np.zeros(2), "x")


@given(st.integers(1, 40), st.integers(1, 40))
def test_pictures_are_made_square_around_their_middle(height, width):
    picture = np.random.default_rng(height * 41 + width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    side = max(height, width)
    square = squared(picture)
    top, left = (side - height) // 2, (side - width) // 2
    assert square.shape == (side, side, 3)
    assert (square[top : top + height, left : left + width] == picture).all()


class Frames:
    """Stands for the expression network: its embedding is the picture's mean."""

    manifest = SimpleNamespace(input=InputSpec(8, 1, 0.0, 255.0, LAYOUT), name="frames")

    def run_face(self, face):
        return {"embedding": face.mean(keepdims=True).ravel()}


class Heads:
    """Light pictures are bored, dark ones frustrated."""

    states = ("boredom", "frustration")

    def __init__(self, model, frame_model):
        pass

    def read(self, output):
        light = float(output["embedding"][0])
        return {"boredom": light, "frustration": 1.0 - light}


def table(tmp_path, **changes):
    pictures = [
        cv2.imencode(".png", np.full((24, 18, 3), level, np.uint8))[1].tobytes() for level in (250, 5)
    ]
    columns = {
        "image": [pictures[0], pictures[1], pictures[0], b"broken"],
        "boredom": [3, 0, 1, 2],
        "frustration": [0, 2, 0, 0],
    }
    path = tmp_path / "states.parquet"
    pd.DataFrame(columns | changes).to_parquet(path)
    return path


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(module, "FrozenStatesReader", Heads)
    return SimpleNamespace(manifest=SimpleNamespace(name="states", training_layout=LAYOUT))


def test_states_are_scored(tmp_path, model):
    told = evaluate_states(table(tmp_path), model, Frames())
    assert told["n"] == 4 and told["missed"] == 1
    # The damaged picture of level 2 is wrong: half of the strong ones are found.
    assert told["boredom"] == {"balanced_accuracy": 0.75, "n": 3, "high": 0.5, "low": 1.0}
    assert told["frustration"]["n"] == 4 and told["frustration"]["high"] == 1.0


def test_faces_that_are_not_found_are_missed(tmp_path, model):
    told = evaluate_states(table(tmp_path), model, Frames(), find_faces=lambda picture: [])
    assert told["missed"] == 4 and told["boredom"]["balanced_accuracy"] == 0.0


def test_wrong_tables_are_refused(tmp_path, model):
    with pytest.raises(InputError, match=r"boredom.*row 1: 0..3 was expected, got 7"):
        evaluate_states(table(tmp_path, boredom=[0, 7, 1, 2]), model, Frames())
    with pytest.raises(InputError, match="frustration"):
        evaluate_states(table(tmp_path, frustration=[0, 0, 0, 0]), model, Frames())
    model.manifest.training_layout = None
    with pytest.raises(ModelFileError, match="training_layout"):
        evaluate_states(table(tmp_path), model, Frames())
