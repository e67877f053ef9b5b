"""What is wrong with a data file is told in one line, or left out and told."""

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.evaluation.emotion import VOTES
from training import age_gender_faces, fer2013
from training.class_counts import check_classes

RANDOM = np.random.default_rng(0)


def png(*shape):
    return cv2.imencode(".png", RANDOM.integers(0, 256, shape, dtype=np.uint8))[1].tobytes()


@pytest.fixture
def expressions():
    votes = {name: np.zeros(14, int) for name in VOTES} | {VOTES[0]: np.full(14, 8)}
    rows = {"image": [png(48, 48) for _ in range(14)], "label": np.arange(14) % 7}
    return pd.DataFrame(rows | votes | {"pixel_sha1": [f"{row:02}" for row in range(14)]})


@pytest.fixture
def persons():
    rows = {"image": [png(64, 64, 3) for _ in range(6)], "age": [20, 30, 40, 50, 60, 110]}
    return pd.DataFrame(rows | {"gender": ["female", "male"] * 3})


@pytest.fixture
def load(tmp_path):
    def load_expressions(table, **options):
        table.to_parquet(tmp_path / "train.parquet")
        return fer2013.load_faces(tmp_path / "train.parquet", **options)

    return load_expressions


@pytest.fixture
def load_persons(tmp_path):
    def load(table, **options):
        table.to_parquet(tmp_path / "train.parquet")
        return age_gender_faces.load_faces(tmp_path / "train.parquet", 88, **options)

    return load


def test_good_files_are_read_without_a_word(expressions, persons, load, load_persons, capsys):
    assert len(load(expressions, clean=True)) == 14
    faces = load_persons(persons)
    assert faces.age.tolist() == [20, 30, 40, 50, 60, 100] and faces.female.tolist() == [1, 0] * 3
    assert capsys.readouterr().err == ""


def test_missing_columns_are_named(expressions, persons, load, load_persons):
    with pytest.raises(InputError, match=r"train\.parquet: columns \['label'\] are missing, there are"):
        load(expressions.drop(columns="label"))
    with pytest.raises(InputError, match=r"columns \['age', 'gender'\] are missing"):
        load_persons(persons[["image"]])


def test_no_file_no_parquet_and_no_rows_are_told(tmp_path, expressions, load):
    with pytest.raises(InputError, match="no such file"):
        fer2013.load_faces(tmp_path / "nothing.parquet")
    (tmp_path / "words.parquet").write_text("image,label")
    with pytest.raises(InputError, match="not a readable parquet file"):
        fer2013.load_faces(tmp_path / "words.parquet")
    with pytest.raises(InputError, match="rows were expected"):
        load(expressions[:0])


@pytest.mark.parametrize("label", [7, -1, 2.5, float("nan"), "happy"])
def test_a_wrong_label_is_told(expressions, load, label):
    expressions["label"] = expressions.label.astype(object)
    expressions.loc[3, "label"] = label
    if isinstance(label, str):
        expressions["label"] = expressions.label.astype(str)
    with pytest.raises(InputError, match=r"label.* expected|column label"):
        load(expressions)


def test_a_label_out_of_range_is_told_with_its_row(expressions, load):
    expressions.loc[[3, 5], "label"] = 9
    with pytest.raises(InputError, match=r"label 0\.\.6 was expected, row 3 has 9 \(2 such rows\)"):
        load(expressions)


@pytest.mark.parametrize("column", ["ferplus_NF", VOTES[1]])
def test_wrong_votes_are_told(expressions, load, column):
    expressions.loc[2, column] = -1
    with pytest.raises(InputError, match=f"{column} 0..inf was expected, row 2 has -1"):
        load(expressions)


@pytest.mark.parametrize("gender", ["woman", "Female", None])
def test_a_wrong_gender_is_told_with_its_row(persons, load_persons, gender):
    persons.loc[4, "gender"] = gender
    with pytest.raises(InputError, match=r"gender male or female was expected, row 4 has .*1 such rows"):
        load_persons(persons)


@pytest.mark.parametrize("age", [-1, 131])
def test_a_wrong_age_is_told_with_its_row(persons, load_persons, age):
    persons.loc[1, "age"] = age
    with pytest.raises(InputError, match=rf"age 0\.\.130 was expected, row 1 has {age}"):
        load_persons(persons)


@pytest.mark.parametrize("broken", [b"", b"no picture", None, png(48, 48)[:30]])
def test_an_unreadable_picture_is_left_out_and_listed(expressions, load, capsys, broken):
    expressions.at[11, "image"] = broken
    faces = load(expressions, leave_out={"02", "03"}, clean=True)
    assert len(faces) == 11 and faces.fer7.tolist() == [0, 1, 4, 5, 6, 0, 1, 2, 3, 5, 6]
    assert "1 of 12 pictures can not be read and are left out: rows 11\n" in capsys.readouterr().err


def test_persons_without_a_picture_or_an_age_are_left_out(persons, load_persons, capsys):
    persons.at[1, "image"] = b"\xff\xd8 half"
    persons["age"] = persons.age.astype("Int16")
    persons.loc[2, "age"] = pd.NA
    faces = load_persons(persons)
    assert faces.age.tolist() == [20, 50, 60, 100] and faces.female.tolist() == [1, 0, 1, 0]
    told = capsys.readouterr().err
    assert "1 rows of unknown age are left out" in told and "left out: rows 1\n" in told
    assert np.isnan(load_persons(persons, unknown_age=True).age).tolist() == [False, True, *[False] * 3]


def test_a_file_of_something_else_is_refused(expressions, load):
    expressions["image"] = [b"text"] * 8 + list(expressions.image[8:])
    with pytest.raises(InputError, match=r"JPEG or PNG bytes were expected .*8 of 14 rows"):
        load(expressions)


def test_pictures_of_another_size_are_refused(expressions, load):
    expressions.at[4, "image"] = png(40, 64)
    with pytest.raises(InputError, match=r"pictures of 48x48 were expected, got \(64, 40\)"):
        load(expressions)


def test_an_empty_class_is_a_warning(expressions, load, capsys):
    load(expressions[expressions.label != 1], clean=True)
    assert "warning: no rows of disgust: the network can not learn it\n" in capsys.readouterr().err
    load(expressions[expressions.label != 1])
    assert capsys.readouterr().err == ""


def test_one_class_alone_is_refused(expressions, persons, load, load_persons):
    with pytest.raises(InputError, match=r"at least two of angry, .* all 2 rows are happy"):
        load(expressions[expressions.label == 3], clean=True)
    with pytest.raises(InputError, match="all 3 rows are female"):
        load_persons(persons[persons.gender == "female"])


def test_nothing_left_to_learn_from_is_refused(expressions, load, tmp_path):
    with pytest.raises(InputError, match="none is left"):
        load(expressions, leave_out=set(expressions.pixel_sha1), clean=True)
    with pytest.raises(InputError, match="none is left"):
        check_classes(tmp_path, np.array([], int), ("a", "b"))
