"""What single layouts have of their own."""

import csv
import tarfile

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.preprocess import recrop
from tests.training.datasets import made_copies
from training.crop_layouts import UTKFACE
from training.datasets import adience, biwi, cmu_mosei, fairface, iemocap, raf_db
from training.datasets.found_faces import with_face
from training.datasets.pictures import face_of_68, face_of_points
from training.datasets.processing import process


def test_the_two_tables_of_fer2013_say_the_same(tmp_path):
    made_copies.made_fer2013(tmp_path / "one")
    with (tmp_path / "one" / "fer2013.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    (tmp_path / "two").mkdir()
    lines = ["emotion, Usage, pixels", *(f"{row['emotion']},{row['Usage']},{row['pixels']}" for row in rows)]
    (tmp_path / "two" / "icml_face_data.csv").write_text("\n".join(lines) + "\n")
    tables = []
    for name in ("one", "two"):
        process("fer2013", tmp_path / name, tmp_path / f"out_{name}")
        tables.append(pd.read_parquet(tmp_path / f"out_{name}" / "train.parquet"))
    assert tables[0].equals(tables[1])


def test_votes_in_another_order_are_refused(tmp_path):
    made_copies.made_ferplus(tmp_path)
    path = tmp_path / "fer2013new.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    with pytest.raises(InputError, match="same order"):
        process("ferplus", tmp_path, tmp_path / "out")
    path.write_text("\n".join(lines[:-2]) + "\n")
    with pytest.raises(InputError, match="2 are missing"):
        process("ferplus", tmp_path, tmp_path / "out")


def test_votes_reach_training(tmp_path):
    from training.fer2013 import load_faces

    made_copies.made_ferplus(tmp_path)
    process("ferplus", tmp_path, tmp_path / "out")
    faces = load_faces(tmp_path / "out" / "train.parquet")
    # Row n has all ten votes for the nth of FER+.
    assert np.array_equal(faces.ferplus8.argmax(axis=1), np.arange(7))


@pytest.mark.parametrize(
    ("text", "ages"),
    [("20-29", (20.0, 29.0)), ("more than 70", (70.0, None)), ("70+", (70.0, None)), ("young", None)],
)
def test_age_groups_of_fairface(text, ages):
    assert fairface.ages_of(text) == ages


@pytest.mark.parametrize(
    ("text", "ages"),
    [("(25, 32)", (None, 25.0, 32.0)), ("35", (35.0, 35.0, 35.0)), ("None", None), ("", None)],
)
def test_age_groups_of_adience(text, ages):
    assert adience.ages_of(text) == ages


def test_a_chip_of_fairface_is_cut_as_utkface(tmp_path):
    """Two dots where dlib puts the eyes come where UTKFace has them."""
    chip = np.zeros((224, 224, 3), np.uint8)
    half = fairface.CHIP.eye_distance / 2
    for x in (0.5 - half, 0.5 + half):
        cv2.circle(chip, (round(x * 224), round(fairface.CHIP.eyes_y * 224)), 3, (255, 255, 255), -1)
    crop = recrop(chip, fairface.CHIP, UTKFACE, 112)[..., 0]
    rows, columns = np.nonzero(crop > 128)
    assert abs(rows.mean() / 112 - UTKFACE.eyes_y) < 0.03
    left, right = columns[columns < 56].mean(), columns[columns >= 56].mean()
    # The mouth's height binds the scale, so that eyes may lie a little closer.
    assert abs((right - left) / 112 - UTKFACE.eye_distance) < 0.03


@pytest.mark.parametrize(
    ("intensities", "label"),
    [([0] * 6, "neutral"), ([0, 0, 2, 0, 0, 1], "angry"), ([1, 1, 0, 0, 0, 0], None), ([np.nan] * 6, None)],
)
def test_labels_of_mosei(intensities, label):
    assert cmu_mosei.label_of(np.array(intensities, float)) == label


def test_official_folds_of_mosei_decide_and_run_nothing(tmp_path):
    made_copies.made_cmu_mosei(tmp_path)
    videos = sorted(made_copies.MOSEI)
    folds = {"standard_train_fold": videos[:10], "standard_valid_fold": videos[10:12]}
    text = "\n".join(f"{name}={names!r}" for name, names in folds.items())
    path = tmp_path / "cmu_mosei_std_folds.py"
    path.write_text(f"{text}\nstandard_test_fold={videos[12:20]!r}\nraise SystemExit\n")
    plan = cmu_mosei.plan(tmp_path, tmp_path / "out")
    found = {split: [item.facts["video"] for item in items] for split, items in plan.splits.items()}
    assert found == {"train": videos[:10], "valid": videos[10:12], "test": videos[12:20]}
    assert plan.left_out["video in no official fold"] > 0
    path.write_text("standard_train_fold = open('x')\n")
    with pytest.raises(InputError, match="three lists of videos"):
        cmu_mosei.plan(tmp_path, tmp_path / "out")


def test_turns_of_iemocap_have_their_words_and_speakers(tmp_path):
    made_copies.made_iemocap(tmp_path)
    items = iemocap.plan(tmp_path, tmp_path / "out").splits["train"]
    assert {item.facts["text"] for item in items} == {"Excuse me."}
    assert {item.facts["speaker"] for item in items} == {f"iemocap_{n}{g}" for n in (1, 2, 3) for g in "FM"}


def test_points_of_biwi(tmp_path):
    points = np.arange(12, dtype="<f4").reshape(4, 3)
    for size in (4, 8):
        assert np.array_equal(biwi.points_of((4).to_bytes(size, "little") + points.tobytes()), points)
    with pytest.raises(InputError, match="does not hold"):
        biwi.points_of((5).to_bytes(4, "little") + points.tobytes())


def test_archives_of_biwi_are_read_as_folders(tmp_path):
    made_copies.made_biwi(tmp_path / "root")
    process("biwi", tmp_path / "root", tmp_path / "folders")
    for folder in [path for path in (tmp_path / "root" / "faces").glob("*/*") if path.is_dir()]:
        with tarfile.open(f"{folder}.tar", "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, f"{folder.name}/{path.name}")
                path.unlink()
        folder.rmdir()
    process("biwi", tmp_path / "root", tmp_path / "archives")
    tables = [pd.read_parquet(tmp_path / name / "pairs.parquet") for name in ("folders", "archives")]
    assert np.array_equal(*(np.stack([np.frombuffer(c, "<f4") for c in table.coeffs]) for table in tables))


def test_a_template_of_biwi_may_lie_elsewhere_than_the_frames(tmp_path):
    """Turned by half about x, as the collection's are, it gives the same motion."""
    made_copies.made_biwi(tmp_path / "root")
    process("biwi", tmp_path / "root", tmp_path / "as_is")
    for path in (tmp_path / "root" / "rigid_scans").glob("*.obj"):
        lines = path.read_text().splitlines()
        for place, line in enumerate(lines):
            if line.startswith("v "):
                x, y, z = map(float, line.split()[1:])
                lines[place] = f"v {2 * x + 5:.6f} {-2 * y:.6f} {-2 * z:.6f}"
        path.write_text("\n".join(lines) + "\n")
    process("biwi", tmp_path / "root", tmp_path / "turned")
    tables = [pd.read_parquet(tmp_path / name / "pairs.parquet") for name in ("as_is", "turned")]
    first, second = (np.frombuffer(table.coeffs[0], "<f4") for table in tables)
    assert np.allclose(first, second, atol=1e-3) or np.allclose(first, -second, atol=1e-3)


def test_points_of_raf_db_in_either_order_align_the_same(tmp_path):
    made_copies.made_raf_db(tmp_path)
    (item,) = (i for i in raf_db.plan(tmp_path, tmp_path).splits["train"] if i.facts["stem"] == "train_00004")
    (row,) = raf_db.read(item, None)
    lines = item.facts["points"].read_text().splitlines()
    item.facts["points"].write_text("\n".join([lines[1], lines[0], *lines[2:]]) + "\n")
    (again,) = raf_db.read(item, None)
    assert row == again


def test_points_without_a_face_are_refused():
    with pytest.raises(InputError, match="on one another"):
        face_of_points((5, 5), (5, 5), (5, 20))
    with pytest.raises(InputError, match="expected"):
        face_of_points((np.nan, 5), (9, 5), (5, 20))
    points = np.zeros((68, 2))
    points[36:42], points[42:48], points[48], points[54] = (10, 10), (30, 10), (14, 30), (26, 30)
    assert np.allclose(face_of_68(points).keypoints[[0, 1, 3]], [(10, 10), (30, 10), (20, 30)])


def test_a_tight_crop_gets_room_before_a_face_is_looked_for():
    picture = made_copies.portrait()[60:180, 165:285].copy()  # chin to brow
    wide, face = with_face(picture)
    assert face.keypoints.shape == (6, 2) and min(wide.shape[:2]) >= min(picture.shape[:2])
    with pytest.raises(InputError, match="no face"):
        with_face(np.full((80, 80, 3), 128, np.uint8))
