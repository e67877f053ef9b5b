import json

import cv2
import numpy as np
import pytest

from emopoi.demo_clip import portrait
from emopoi.runtime.manifest import find_model
from training.augmented_views import augmented_views
from training.image_augmentation import main
from training.labelled_pictures import TightCrop
from training.picture_names import read_name


@pytest.fixture
def images(tmp_path):
    """Two labels: a face twice under one stem, a picture without one, a damaged file; and an empty label."""
    folder = tmp_path / "Images"
    for label in ("Happy", "Sad", ".hidden"):
        (folder / label).mkdir(parents=True)
    face = portrait()[:260, 80:340, ::-1]
    cv2.imwrite(str(folder / "Happy" / "ann.jpg"), face)
    cv2.imwrite(str(folder / "Happy" / "ann.png"), face)
    cv2.imwrite(str(folder / "Happy" / "wall.png"), np.full((90, 90, 3), 90, np.uint8))
    (folder / "Happy" / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    (folder / "Happy" / "notes.txt").write_text("no picture")
    return folder


def test_faces_are_cut_and_copied_and_the_rest_is_listed(images, capsys):
    assert main([str(images), "--copies", "2", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["written"] == {"Happy": 6, "Sad": 0} and counts["faces"] == {"Happy": 2, "Sad": 0}
    reasons = {entry["path"]: entry["reason"] for entry in counts["skipped"]}
    assert (
        set(reasons) == {"Happy/wall.png", "Happy/torn.jpg"} and reasons["Happy/wall.png"] == "no face found"
    )
    written = sorted((images.parent / "Images_augmented" / "Happy").iterdir())
    names = ["ann~copy0.png", "ann~copy1.png", "ann~copy2.png"]
    assert [path.name for path in written[-3:]] == names and len(written) == 6
    assert {read_name(path).source for path in written} == {"ann"}
    plain, changed, other = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in written[-3:])
    side = TightCrop.of(find_model("emotion")).side
    assert plain.shape == (side, side)
    for one, two in ((plain, changed), (plain, other), (changed, other)):
        assert np.abs(one.astype(int) - two.astype(int)).mean() > 4


def test_the_same_again_gives_the_same_files(images, tmp_path, capsys):
    for out in ("a", "b"):
        assert main([str(images), "--copies", "1", "--out", str(tmp_path / out)]) == 0
    assert "Happy: 4 pictures of 2 faces" in capsys.readouterr().out
    for path in (tmp_path / "a" / "Happy").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "Happy" / path.name).read_bytes()


def test_crops_need_no_face(images, capsys):
    assert main([str(images), "--copies", "0", "--crops", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faces"]["Happy"] == 3


def test_mistakes_are_one_line(images, tmp_path, capsys):
    (tmp_path / "bare").mkdir()
    for words, said in (
        ([str(tmp_path / "none")], "a folder with a folder of pictures"),
        ([str(tmp_path / "bare")], "no folders in it"),
        ([str(images), "--out", str(images / "more")], "outside of"),
        ([str(images), "--copies", "-1"], "0 to 1000"),
    ):
        assert main(words) == 2
        captured = capsys.readouterr()
        assert said in captured.err and len(captured.err.splitlines()) == 1 and not captured.out


def test_views_are_of_the_middle_and_follow_the_seed():
    y, x = np.mgrid[0:48, 0:48]
    picture = (x * 3 + y).astype(np.uint8)[None, ..., None]
    first, again, other = (augmented_views(picture, 3, size=44, seed=seed) for seed in (1, 1, 2))
    assert first.shape == (1, 3, 44, 44, 1) and first.dtype == np.uint8
    assert (first == again).all() and (first != other).any() and (first[:, 0] != first[:, 1]).any()
    assert augmented_views(picture, 0).shape == (1, 0, 48, 48, 1)
