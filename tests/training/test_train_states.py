import json

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError, ModelFileError
from emopoi.models.states import STATES, build_states_network
from emopoi.runtime.manifest import find_model
from training import train_states
from training.daisee import load_faces
from training.publish_states import check_same_network
from training.train_states import _folds, fit_head


def people(seed=0, persons=12, rows=40, told=3.0):
    """Embeddings in which a state and each person leave their mark."""
    random = np.random.default_rng(seed)
    names = np.repeat([f"p{number}" for number in range(persons)], rows)
    levels = random.choice(4, len(names), p=[0.5, 0.2, 0.2, 0.1])
    marks = random.normal(size=(persons, 6)) * 0.5
    features = np.repeat(marks, rows, 0) + random.normal(size=(len(names), 6))
    features[:, 0] += told * (levels >= 2)
    return features, levels, names


def test_a_head_learns_what_can_be_learnt_and_no_more():
    features, levels, names = people()
    head = fit_head([features], levels, names)
    assert max(head.left_out.values()) > 0.75 and head.scale > 0
    nothing = fit_head([features[:, 1:]], levels, names)
    assert max(nothing.left_out.values()) < 0.6
    assert nothing.scale >= 0
    # What was told about persons left out was worth nothing: the head is made to say next to nothing.
    assert np.abs(features[:, 1:] @ nothing.kernel).std() < 0.25 * np.abs(features @ head.kernel).std()


def test_no_person_is_in_two_folds_and_folds_are_alike_in_size():
    names = np.repeat(["a", "b", "c", "d", "e", "f", "g", "h"], [60, 50, 40, 40, 30, 20, 20, 10])
    folds = _folds(names)
    assert all(len(set(folds[names == name])) == 1 for name in set(names))
    sizes = np.bincount(folds)
    assert len(sizes) == 5 and sizes.max() <= 1.5 * sizes.min()


def write(path, **changes):
    random = np.random.default_rng(0)
    rows = 60
    pictures = [random.integers(0, 256, (96, 72, 3)).astype(np.uint8) for _ in range(rows)]
    columns = {
        "image": [cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures],
        "subject": [str(100000 + place % 10) for place in range(rows)],
        "boredom": [place % 4 for place in range(rows)],
        "frustration": [(place // 2) % 4 for place in range(rows)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns | changes).to_parquet(path)


def test_faces_are_read_square_with_their_persons(tmp_path):
    write(tmp_path / "a.parquet")
    faces = load_faces(tmp_path / "a.parquet")
    assert faces.pictures.shape == (60, 96, 96, 3) and len(set(faces.persons)) == 10
    assert len(load_faces(tmp_path / "a.parquet", rows=7)) == 7


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"boredom": [0] * 59 + [4]}, "levels 0..3"),
        ({"frustration": [0] * 60}, "frustration: rows of level"),
        ({"image": [b"broken"] * 60}, "row 0: no picture"),
    ],
)
def test_bad_tables_are_refused(tmp_path, changes, said):
    write(tmp_path / "a.parquet", **changes)
    with pytest.raises(InputError, match=said):
        load_faces(tmp_path / "a.parquet")


def test_the_recipe_leaves_a_network_that_says_what_was_fitted(tmp_path):
    from emopoi.models.emotion import build_emotion_network

    for name in ("train", "validation"):
        write(tmp_path / "daisee_faces" / f"{name}.parquet")
    frames = build_emotion_network()
    frames.save_weights(tmp_path / "frames.weights.h5")
    words = ["--data", str(tmp_path), "--frame-weights", str(tmp_path / "frames.weights.h5")]
    train_states.main([*words, "--out", str(tmp_path / "run"), "--views", "1"])
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["recipe"] == "training.train_states" and set(settings["heads"]) == set(STATES)
    assert len(settings["files"]) == 3 and "python" in settings["versions"]
    stored = np.load(tmp_path / "run" / "samples.npz")
    network = build_states_network()
    network.load_weights(tmp_path / "run" / "states.weights.h5")
    assert network.predict(stored["embedding"], verbose=0)["states"].shape == (60, 2)
    # Heads of these made-up weights are no heads of the shipped network.
    with pytest.raises(ModelFileError, match="another expression network"):
        check_same_network(stored["pictures"], stored["embedding"], find_model("emotion"))
