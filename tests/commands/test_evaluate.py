import json

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.commands import evaluate
from emopoi.commands.main import main
from emopoi.demo_clip import portrait
from emopoi.errors import MissingPartError


def test_prints_one_object(tmp_path, capsys):
    picture = cv2.imencode(".png", np.full((48, 48), 90, np.uint8))[1].tobytes()
    path = tmp_path / "faces.parquet"
    pd.DataFrame({"image": [picture] * 3, "label_name": ["happy", "sad", "fear"]}).to_parquet(path)
    assert main(["evaluate", "emotion", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == 3 and result["model"] == "emotion" and result["variant"] == "int8"
    assert main(["evaluate", "emotion", str(path), "--model", "multi_head", "--variant", "float16"]) == 0
    text = capsys.readouterr().out
    assert "accuracy" in text and "confusion" in text


def test_states_are_scored_with_the_expression_network(tmp_path, capsys, monkeypatch):
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (96, 72, 3)).astype(np.uint8) for _ in range(4)]
    encoded = [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures]
    path = tmp_path / "states.parquet"
    pd.DataFrame({"image": encoded, "boredom": [0, 1, 2, 3], "frustration": [2, 0, 0, 0]}).to_parquet(path)
    assert main(["evaluate", "states", str(path), "--model", "states", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    # Noise shows no face, and a face that is not found is wrong.
    assert result["missed"] == 4 and result["boredom"]["balanced_accuracy"] == 0.0

    def absent():
        raise MissingPartError("no detector here")

    monkeypatch.setattr(evaluate, "_finder", absent)
    assert main(["evaluate", "states", str(path), "--model", "states", "--json"]) == 0
    printed = capsys.readouterr()
    assert "note: the pictures are taken as tight crops: no detector here" in printed.err
    result = json.loads(printed.out)
    assert result["n"] == 4 and result["model"] == "states" and result["missed"] == 0
    assert result["boredom"]["n"] == 3 and result["frustration"]["n"] == 4
    assert 0 <= result["boredom"]["balanced_accuracy"] <= 1
    assert main(["evaluate", "states", str(path)]) == 0
    assert "balanced_accuracy" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["landmarks", "solver", "network"])
def test_expressions_are_named_from_a_head(tmp_path, capsys, method):
    smile = np.ascontiguousarray(portrait()[50:190, 155:295, ::-1])
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    encoded = [cv2.imencode(".png", picture)[1].tobytes() for picture in (smile, noise)]
    path = tmp_path / "faces.parquet"
    pd.DataFrame({"image": encoded, "label_name": ["happy", "disgust"]}).to_parquet(path)
    assert main(["evaluate", "expression3d", str(path), "--method", method, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    # Noise shows no face; points are placed all the same, and the picture counts.
    assert (result["n"], result["n_found"], result["missed"]) == (2, 1, 0)
    assert result["accuracy_found"] == 1.0 and 0.5 <= result["accuracy"] <= 1.0
    model = "landmark_emotion" if method == "landmarks" else "coefficient_emotion"
    assert result["method"] == method and result["model"] == model
    assert main(["evaluate", "expression3d", str(path), "--method", method]) == 0
    assert "accuracy_found" in capsys.readouterr().out


def test_mistakes(tmp_path, capsys):
    for words, message in (
        (["emotion", "none.parquet"], "no such file"),
        (["emotion", "none.parquet", "--model", "age_gender"], "is for age_gender"),
        (["age-gender", "none.parquet", "--map", "x.json"], "--map"),
        (["states", "none.parquet", "--model", "emotion"], "is for emotion, not for states"),
        (["states", "none.parquet", "--shake", "0.1,0.1"], "--shake"),
        (["expression3d", "none.parquet"], "no such file"),
        (["expression3d", "none.parquet", "--detect"], "--detect"),
        (["expression3d", "none.parquet", "--shake", "0.1,0.1"], "--shake"),
        (["expression3d", "none.parquet", "--model", "emotion"], "not for landmark_emotion"),
        (["expression3d", "none.parquet", "--method", "solver", "--model", "emotion"], "coefficient_emotion"),
        (["emotion", "none.parquet", "--model", "nothing"], "no model 'nothing'"),
    ):
        assert main(["evaluate", *words]) == 2
        assert message in capsys.readouterr().err
