import json
import os

import cv2
import numpy as np
import pytest

from emopoi.commands.main import main
from emopoi.demo_clip import portrait
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.head_file import read_head_npz, write_head_npz
from tests.head.flame_files import write_landmarks, write_new
from tests.head.made_heads import NAMES, small_head
from tests.head.made_ict_folder import read_arrays, write_folder


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.npz"
    write_head_npz(small_head(), path)
    return path


@pytest.fixture(scope="module")
def flame(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flame")
    write_landmarks(folder, 105)
    return write_new(folder / "flame2023_Open.pkl")


def refused(capsys, *words):
    assert main(["head", *map(str, words)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("emopoi: error: ") and err.count("\n") == 1
    return err


def test_info_for_people(small, capsys):
    assert main(["head", "info", str(small)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for told in (
        "1001, 1960 triangles",
        "skin 1760, eyes 200",
        "6, named",
        "jawOpen mouthSmileLeft",
        "68 of",
    ):
        assert told in out
    assert "licence     made for tests" in out and "jaw (" in out


def test_info_of_the_shipped_head(capsys):
    assert main(["head", "info", "--json"]) == 0
    info = json.loads(capsys.readouterr().out)
    assert (info["landmarks"], info["expression_names"]) == (468, list(ARKIT_NAMES))


def test_info_as_json(flame, capsys):
    assert main(["head", "info", str(flame), "--json"]) == 0
    info = json.loads(capsys.readouterr().out)
    assert (info["vertices"], info["triangles"], info["identity_modes"], info["expressions"]) == (
        (5023, 9976, 300, 100)
    )
    assert info["landmarks"] == 105 and info["expression_names"] == [] and "CC-BY-4.0" in info["licence"]


def test_info_takes_a_landmark_file(flame, tmp_path, capsys):
    path = write_landmarks(tmp_path, 68)
    assert main(["head", "info", str(flame), "--landmarks", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["landmarks"] == 68


def test_flame_becomes_ours_and_gets_names(flame, small, tmp_path, capsys):
    ours, named = tmp_path / "flame.npz", tmp_path / "named.npz"
    assert main(["head", "convert", "flame", str(flame), str(ours)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{ours}: 5023 vertices, 300 modes of identity, 100 expressions, 105 landmarks\n"
    assert err == ""
    assert main(["head", "retarget", str(small), str(ours), str(named)]) == 0
    assert "300 modes of identity, 6 expressions" in capsys.readouterr().out
    assert read_head_npz(named).expression_names == NAMES


def test_flame_without_landmarks_says_so(flame, tmp_path, capsys):
    alone = tmp_path / "flame.pkl"
    os.link(flame, alone)
    assert main(["head", "convert", "flame", str(alone), str(tmp_path / "out.npz")]) == 0
    out, err = capsys.readouterr()
    assert "0 landmarks" in out and "can not be fitted to pictures (--landmarks)" in err


def test_ict_is_converted(data_dir, tmp_path, capsys):
    folder = write_folder(tmp_path / "FaceXModel", read_arrays(data_dir), 2)
    out = tmp_path / "ict.npz"
    words = ["head", "convert", "ict", str(folder), str(out), "--modes", "1"]
    assert main(words) == 0
    assert "24591 vertices, 1 modes of identity, 51 expressions, 468 landmarks" in capsys.readouterr().out
    head = read_head_npz(out)
    assert head.expression_names == ARKIT_NAMES
    assert out.stat().st_size < 8e6
    # The head that was made serves as the source of points for the next.
    assert np.array_equal(np.sort(head.landmarks.indices), np.arange(468))


def test_mistakes_are_one_line(small, flame, tmp_path, capsys):
    out = tmp_path / "out.npz"
    assert "one of info, convert, retarget" in refused(capsys)
    assert "no such file" in refused(capsys, "info", tmp_path / "none.npz")
    assert "ends in .npz" in refused(capsys, "convert", "flame", flame, tmp_path / "out.pkl")
    assert "--modes has no meaning" in refused(capsys, "convert", "flame", flame, out, "--modes", 3)
    assert "--landmarks has no meaning" in refused(
        capsys, "convert", "ict", tmp_path, out, "--landmarks", small
    )
    assert "invalid choice" in refused(capsys, "convert", "bfm", flame, out)
    assert "all 468 landmarks" in refused(capsys, "convert", "ict", tmp_path, out, "--points", small)
    obj = tmp_path / "few.obj"
    obj.write_text("v 0 0 0\n")
    assert "468 vertices" in refused(capsys, "convert", "ict", tmp_path, out, "--points", obj)
    assert "have no names" in refused(capsys, "retarget", flame, small, out)
    assert "FILE of FLAME" in refused(capsys, "info", "--landmarks", small)
    evil = tmp_path / "evil.pkl"
    evil.write_bytes(b"cos\nsystem\n(S'echo ran'\ntR.")
    assert "os.system, which no head needs" in refused(capsys, "info", evil)
    assert not out.exists()


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit):
        main(["head", "--help"])
    out = capsys.readouterr().out
    assert "emopoi head convert ict" in out and "emopoi head retarget" in out


def test_a_head_and_a_face_of_a_photo_become_pages(tmp_path, capsys):
    page = tmp_path / "head.html"
    assert main(["head", "view", str(page), "--show", "jawOpen=0.6", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["triangles"] == 1416
    assert "jawOpen=0.6" in page.read_text()
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), portrait()[:, :, ::-1])
    assert main(["head", "view", str(tmp_path / "me.html"), "--picture", str(photo)]) == 0
    assert "468 vertices" in capsys.readouterr().out


def test_mistakes_of_the_page(tmp_path, capsys):
    grey = tmp_path / "grey.png"
    cv2.imwrite(str(grey), np.full((200, 200, 3), 127, np.uint8))
    for words, message in (
        (["head.txt"], ".html"),
        (["head.html", "--show", "grin"], "grin"),
        (["head.html", "--show", "jawOpen=2"], "0 to 1"),
        (["head.html", "--show", "jawOpen=x"], "0 to 1"),
        (["head.html", "--picture", str(grey)], "no face"),
        (["head.html", "--picture", str(grey), "--show", "jawOpen"], "--picture"),
        ([str(tmp_path / "no" / "head.html")], "can not be written"),
    ):
        assert main(["head", "view", *words]) in (1, 2), words
        assert message in capsys.readouterr().err, words
    assert not list(tmp_path.glob("*.html"))
