import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.evaluation.expression3d import evaluate_expression3d
from emopoi.types import FER7


def plain(level):
    return cv2.imencode(".png", np.full((16, 16), level, np.uint8))[1].tobytes()


def place(presence=1.0):
    """Points that carry the grey level; none on black pictures."""

    def placed(picture):
        level = float(picture.mean())
        return (
            None if level == 0 else (np.full((468, 3), level, np.float32), presence if level < 100 else 0.1)
        )

    return placed


def name(points):
    """The grey level, in tens, is the expression."""
    level = points[0, 0]
    if level == 66:
        raise InputError("points: all in one place")
    return np.eye(7, dtype=np.float32)[int(level // 10) % 7]


def table(tmp_path, levels, labels, **columns):
    path = tmp_path / "faces.parquet"
    pd.DataFrame({"image": [plain(level) for level in levels], "label": labels, **columns}).to_parquet(path)
    return path


def test_all_pictures_count_and_those_with_a_face_once_more(tmp_path):
    # 30 is right, 10 is wrong, 110 (4) is right and shows no face, 0 has no points, 66 can not be solved.
    path = table(tmp_path, [30, 10, 110, 0, 66], [3, 2, 4, 5, 6], dup_in_train=[0, 1, 1, 0, 0])
    result = evaluate_expression3d(path, place(), name)
    assert (result["n"], result["n_found"], result["missed"]) == (5, 2, 2)
    assert result["accuracy"] == pytest.approx(2 / 5) and result["accuracy_found"] == pytest.approx(1 / 2)
    assert result["accuracy_no_dup"] == pytest.approx(1 / 3)
    confusion = np.array(result["confusion"]["rows_true"])
    assert confusion.sum() == 3 and confusion[3, 3] == confusion[2, 1] == confusion[4, 4] == 1
    # Labels 3 and 4 are told right, 2, 5 and 6 never.
    assert result["macro_f1"] == pytest.approx(2 / 5)
    assert list(result["confusion"]["labels"]) == list(FER7)


def test_where_no_face_is_found_the_share_is_not_given(tmp_path):
    path = table(tmp_path, [30, 40], [3, 4])
    result = evaluate_expression3d(path, place(presence=0.2), name)
    assert result["accuracy"] == 1.0 and result["n_found"] == 0 and result["accuracy_found"] is None
    assert "accuracy_no_dup" not in result


def test_damaged_pictures_are_wrong_and_nothing_at_all_is_an_error(tmp_path):
    path = tmp_path / "faces.parquet"
    pd.DataFrame({"image": [plain(30), b"no picture", None], "label_name": ["happy"] * 3}).to_parquet(path)
    result = evaluate_expression3d(path, place(), name)
    assert result["accuracy"] == pytest.approx(1 / 3) and result["missed"] == 2
    with pytest.raises(InputError, match="no points"):
        evaluate_expression3d(table(tmp_path, [0, 0], [1, 2]), place(), name)


def test_own_labels_are_mapped_and_unknown_ones_refused(tmp_path):
    path = tmp_path / "faces.parquet"
    pd.DataFrame({"image": [plain(30)], "label_name": ["joy"]}).to_parquet(path)
    assert evaluate_expression3d(path, place(), name, label_map={"joy": "happy"})["accuracy"] == 1
    with pytest.raises(InputError, match="joy"):
        evaluate_expression3d(path, place(), name)
    folder = tmp_path / "pictures"
    (folder / "happy").mkdir(parents=True)
    (folder / "happy" / "a.png").write_bytes(plain(30))
    assert evaluate_expression3d(folder, place(), name)["accuracy"] == 1.0


def test_with_a_prior_what_is_not_found_is_guessed(tmp_path):
    path = table(tmp_path, [30, 0, 0], [3, 5, 1])
    result = evaluate_expression3d(path, place(), name, prior=np.eye(7)[5])
    assert result["accuracy"] == pytest.approx(2 / 3) and result["missed"] == 2 and result["n_found"] == 1
    assert np.array(result["confusion"]["rows_true"]).sum() == 3
