import json

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.evaluation.age_gender import evaluate_age_gender
from emopoi.evaluation.emotion import VOTES, evaluate_emotion, majority_votes
from emopoi.evaluation.label_map import read_label_map
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types.labels import FER7, FERPLUS8


def jpeg(seed=0, side=48):
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (6, 6)).astype(np.uint8)
    return cv2.imencode(".jpg", cv2.resize(picture, (side, side)))[1].tobytes()


@pytest.fixture(scope="module")
def emotion():
    return FrozenModel.load("emotion")


@pytest.fixture(scope="module")
def age_gender():
    return FrozenModel.load("age_gender")


def table(tmp_path, name="faces.parquet", **columns):
    path = tmp_path / name
    pd.DataFrame(columns).to_parquet(path)
    return path


def test_emotion_fields(tmp_path, emotion):
    path = table(
        tmp_path,
        image=[jpeg(i) for i in range(8)],
        label=[0, 1, 2, 3, 4, 5, 6, 3],
        dup_in_train=[False] * 7 + [True],
    )
    result = evaluate_emotion(path, emotion)
    assert result["n"] == 8 and result["missed"] == 0
    assert np.sum(result["confusion"]["rows_true"]) == 8
    assert {"accuracy", "accuracy_no_dup", "macro_f1", "ece"} <= result.keys()
    assert json.loads(json.dumps(result)) == result


def test_damaged_pictures_count_as_wrong(tmp_path, emotion):
    path = table(tmp_path, image=[jpeg(), b"no picture"], label_name=["happy", "happy"])
    result = evaluate_emotion(path, emotion)
    assert result["missed"] == 1 and result["accuracy"] <= 0.5


def test_ferplus_majority_leaves_out_ties_unknown_and_no_face():
    votes = np.zeros((4, 10), int)
    votes[0, 1] = 10  # happiness
    votes[1, [0, 3]] = 5  # tie
    votes[2, 8] = 10  # unknown
    votes[3, 9] = 10  # not a face
    best, counted = majority_votes(dict(zip(VOTES, votes.T.tolist(), strict=True)))
    assert counted.tolist() == [True, False, False, False] and FERPLUS8[best[0]] == "happiness"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": [0]}, "image"),
        ({"image": [b""]}, "label"),
        ({"image": [b""], "label": [9]}, "0..6"),
        ({"image": [b""], "label_name": ["joy"]}, "joy.*--map"),
        ({"image": [b""], "label": [1]}, "not one picture"),
    ],
)
def test_wrong_tables_are_refused(tmp_path, emotion, columns, message):
    with pytest.raises(InputError, match=message):
        evaluate_emotion(table(tmp_path, **columns), emotion)


def test_files_that_are_no_tables_are_refused(tmp_path, emotion):
    with pytest.raises(InputError, match="no such file"):
        evaluate_emotion(tmp_path / "none.parquet", emotion)
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(InputError, match="not a readable parquet"):
        evaluate_emotion(tmp_path / "text.parquet", emotion)


def test_a_folder_of_labels_and_a_map(tmp_path, emotion):
    for name in ("happy", "joyless"):
        (tmp_path / "faces" / name).mkdir(parents=True)
        (tmp_path / "faces" / name / "1.jpg").write_bytes(jpeg())
    with pytest.raises(InputError, match="joyless"):
        evaluate_emotion(tmp_path / "faces", emotion)
    (tmp_path / "map.json").write_text('{"joyless": "sad"}')
    result = evaluate_emotion(tmp_path / "faces", emotion, label_map=read_label_map(tmp_path / "map.json"))
    assert result["n"] == 2
    (tmp_path / "map.json").write_text('{"joyless": "gloomy"}')
    with pytest.raises(InputError, match="gloomy"):
        read_label_map(tmp_path / "map.json")


def test_age_gender_fields(tmp_path, age_gender):
    path = table(
        tmp_path,
        image=[jpeg(i, 112) for i in range(4)],
        age=pd.array([20, 40, 60, None], dtype="Int64"),
        gender=["female", "male", "female", "male"],
        age_min=[20, 40, 60, 0],
        age_max=[20, 40, 60, 100],
    )
    result = evaluate_age_gender(path, age_gender)
    assert result["n"] == 4 and result["age_range_accuracy"] == 1.0
    assert 0 <= result["age_coverage90"] <= 1 and 0 <= result["gender_accuracy"] <= 1
    assert sum(group["n"] for group in result["by_group"].values()) == 3


def test_without_any_label_there_is_nothing_to_score(tmp_path, age_gender):
    with pytest.raises(InputError, match="neither"):
        evaluate_age_gender(table(tmp_path, image=[jpeg(0, 112)]), age_gender)


def test_published_figures_can_be_repeated(data_dir, emotion, age_gender):
    """The manifest's own figures, on every row of the validation files."""
    for model, file, key, score in (
        (emotion, "fer2013/public_test.parquet", "fer2013_public_test", evaluate_emotion),
        (age_gender, "age_gender/valid.parquet", "age_gender_valid", evaluate_age_gender),
    ):
        told = model.manifest.data["measured"]["int8"][key]
        found = score(data_dir / file, model)
        for name in ("accuracy", "ferplus_accuracy", "age_mae", "gender_accuracy"):
            if name in told:
                assert abs(found[name] - told[name]) < (0.1 if name == "age_mae" else 0.005)


def test_bars(data_dir, emotion, age_gender):
    figures = emotion.manifest.data["measured"]["int8"]["fer2013_public_test"]
    assert figures["accuracy"] >= 0.66
    figures = age_gender.manifest.data["measured"]["int8"]["age_gender_valid"]
    assert figures["age_mae"] <= 6.0 and figures["gender_accuracy"] >= 0.90


def test_detecting_first_finds_faces(data_dir, emotion, tmp_path):
    from emopoi.vision.blazeface_detector import BlazeFaceDetector

    rows = pd.read_parquet(data_dir / "fer2013" / "public_test.parquet").iloc[:150]
    path = tmp_path / "some.parquet"
    rows.to_parquet(path)
    whole = evaluate_emotion(path, emotion)
    found = evaluate_emotion(path, emotion, find_faces=BlazeFaceDetector().detect)
    assert found["missed"] <= 8
    assert found["accuracy"] >= whole["accuracy"] - 0.12


def test_labels_are_those_of_the_data():
    assert FER7[3] == "happy" and len(VOTES) == 10
