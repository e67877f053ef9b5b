import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.preprocess import CropLayout
from emopoi.runtime.manifest import find_model
from training.labelled_pictures import TightCrop, read_labelled
from training.picture_likeness import copies, difference, picture_bits, thumbnail

CROP = TightCrop(CropLayout(0.39, 0.78, 0.38), 48)


def picture(number, side=64):
    random = np.random.default_rng(number)
    return cv2.resize(random.integers(0, 255, (7, 7), np.uint8), (side, side), interpolation=cv2.INTER_CUBIC)


def put(folder, label, name, content):
    (folder / label).mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(folder / label / name), content)


def test_the_crop_is_the_one_that_the_encoder_was_trained_on():
    emotion = find_model("emotion")
    crop = TightCrop.of(emotion)
    assert crop.side == 48
    assert crop.layout.of_centre(emotion.input.size, crop.side).eyes_y == pytest.approx(
        emotion.input.layout.eyes_y
    )


def test_labels_sources_and_copies(tmp_path):
    put(tmp_path, "Sad", "clip~000000100ms.jpg", picture(1))
    put(tmp_path, "Sad", "clip~000000300ms~copy2.png", picture(2))
    put(tmp_path, "Happy", "clip~000000700ms.jpg", picture(3))
    put(tmp_path, "Happy", "b.png", picture(4, side=30))
    put(tmp_path, "Happy/more", "c.png", picture(5))
    (tmp_path / "Empty").mkdir()
    found = read_labelled(tmp_path, CROP, crops=True)
    assert found.labels == ("Empty", "Happy", "Sad") and found.pictures.shape == (5, 48, 48, 1)
    assert dict(zip(found.files, found.sources, strict=True)) == {
        "Sad/clip~000000100ms.jpg": "clip", "Sad/clip~000000300ms~copy2.png": "clip",
        "Happy/clip~000000700ms.jpg": "clip", "Happy/b.png": "b", "Happy/more/c.png": "c",
    }  # fmt: skip
    assert found.counts() == {"Empty": 0, "Happy": 3, "Sad": 1} and found.copies.sum() == 2
    kept = found.of_labels(["Sad"])
    assert kept.labels == ("Sad",) and len(kept) == 2 and set(kept.label) == {0}


def test_copies_of_a_picture_share_a_source_even_under_other_labels(tmp_path):
    put(tmp_path, "Happy", "one.png", picture(1))
    put(tmp_path, "Happy", "same.png", picture(1))
    put(tmp_path, "Sad", "smaller.png", picture(1, side=32))
    put(tmp_path, "Sad", "other.png", picture(2))
    found = read_labelled(tmp_path, CROP, crops=True)
    sources = dict(zip(found.files, found.sources, strict=True))
    assert sources["Happy/one.png"] == sources["Sad/smaller.png"] != sources["Sad/other.png"]
    assert [(entry.path, entry.reason) for entry in found.skipped] == [
        ("Happy/same.png", "the same picture as another of its label")
    ]


def test_what_can_not_be_used_is_listed(tmp_path):
    put(tmp_path, "Happy", "one.png", picture(1))
    put(tmp_path, "Happy", "tiny.png", picture(1, side=8))
    (tmp_path / "Happy" / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    found = read_labelled(tmp_path, CROP, crops=True)
    assert {entry.path for entry in found.skipped} == {"Happy/tiny.png", "Happy/torn.jpg"}
    assert str(tmp_path) not in "".join(entry.reason for entry in found.skipped)
    (tmp_path / "Happy" / "one.png").unlink()
    with pytest.raises(InputError, match="not one of its 2 pictures"):
        read_labelled(tmp_path, CROP, crops=True)


def test_no_folder_and_no_labels(tmp_path):
    with pytest.raises(InputError, match="a folder of pictures for each label"):
        read_labelled(tmp_path / "none", CROP)
    with pytest.raises(InputError, match="no folders in it"):
        read_labelled(tmp_path, CROP)
    (tmp_path / "two\nlines").mkdir()
    with pytest.raises(InputError, match="line breaks"):
        read_labelled(tmp_path, CROP)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_copies_are_known_and_other_pictures_are_told_apart(number, brighter):
    one = (picture(number).astype(int) * 0.8).astype(np.uint8)
    smaller = cv2.resize(one + np.uint8(brighter), (40, 40), interpolation=cv2.INTER_AREA)
    bits = np.stack([picture_bits(one), picture_bits(smaller), picture_bits(picture(number + 1))])
    assert set(copies(bits, bits)) == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)}
    assert difference(thumbnail(one), thumbnail(one + np.uint8(brighter))) == pytest.approx(brighter)


def test_pictures_of_another_kind_are_refused():
    with pytest.raises(InputError, match="uint8"):
        picture_bits(np.zeros((9, 9), np.float32))
