import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.commands.main import main as emopoi
from emopoi.demo_clip import portrait
from emopoi.errors import InputError, OutputError
from emopoi.runtime.own_labels_reader import labels_of, load_own_model
from emopoi.types import EmotionProfile
from training.held_figures import held_figures
from training.retrain import main, read_map
from training.retrained_folder import shares_of

FILES = {
    "emopoi_retrained_graph.tflite", "emopoi_retrained_labels.txt", "confusion.png", "card.md",
    "manifest.json", "golden.npz",
}  # fmt: skip
BRIGHT = {"Grim $x$": 0.15, "Happy": 0.5, "Sad": 0.85}
"""Labels by where their pictures are bright: at the top, in the middle, at the bottom."""


def picture(label, number):
    random = np.random.default_rng((number, len(label)))
    clouds = cv2.resize(random.normal(0, 22, (6, 6)), (48, 48), interpolation=cv2.INTER_CUBIC)
    height = np.linspace(0, 1, 48)[:, None]
    light = 150 * np.exp(-((height - BRIGHT[label]) ** 2) / 0.06)
    return np.clip(50 + light + clouds, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Three labels of thirty pictures, an empty one, one of two pictures, and a damaged file."""
    folder = tmp_path_factory.mktemp("own") / "Images"
    for label in BRIGHT:
        (folder / label).mkdir(parents=True)
        for number in range(30):
            cv2.imwrite(str(folder / label / f"{label[0]}{number}.png"), picture(label, number))
    for label in ("Empty", "Rare"):
        (folder / label).mkdir()
    for number in range(2):
        cv2.imwrite(str(folder / "Rare" / f"{number}.png"), picture("Sad", 900 + number))
    (folder / "Happy" / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    return folder


@pytest.fixture(scope="module")
def retrained(images):
    """The folder of a model, and what the command printed."""
    import contextlib
    import io

    out = images.parent / "model"
    printed, told = io.StringIO(), io.StringIO()
    words = ["--images", str(images), "--out", str(out), "--crops", "--epochs", "1", "--json"]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(told):
        assert main(words) == 0
    return out, json.loads(printed.getvalue()), told.getvalue()


def test_everything_is_in_the_folder(retrained):
    out, _, _ = retrained
    assert {path.name for path in out.iterdir()} == FILES
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []
    assert (out / "emopoi_retrained_labels.txt").read_text() == "Grim $x$\nHappy\nSad\n"
    table = cv2.imread(str(out / "confusion.png"))
    assert min(table.shape[:2]) > 200 and table.std() > 20
    card = (out / "card.md").read_text()
    assert "always the most frequent label" in card and "| Happy | Happy | 30 |" in card


def test_it_learns_and_the_file_says_what_was_measured(retrained, images):
    out, told, _ = retrained
    held = told["measured"]["held"]
    assert held["n"] == told["split"]["held"] == 18 and held["chance"] == pytest.approx(1 / 3, abs=0.01)
    assert held["times_chance"] > 2 and {way["way"] for way in told["ways"]} == {"head", "last stage"}
    assert sum(map(sum, held["confusion"]["rows_true"])) == held["n"]
    model = load_own_model(out)
    assert model.variant == "int8" and labels_of(model.manifest).meanings == (None, "Happy", "Sad")
    fresh = [(label, picture(label, number)) for label in BRIGHT for number in range(500, 508)]
    inputs = np.stack([p[2:46, 2:46, None].astype(np.float32) for _, p in fresh])
    shares = shares_of(model.manifest, (inputs - np.float32(127.5)) / np.float32(64))
    right = [list(BRIGHT)[share.argmax()] == label for share, (label, _) in zip(shares, fresh, strict=True)]
    assert np.mean(right) > 2 / 3 and np.allclose(shares.sum(1), 1, atol=1e-5)


def test_what_was_not_used_is_counted_and_listed(retrained):
    _, told, said = retrained
    assert told["skipped"] == [{"path": "Happy/torn.jpg", "reason": "the photo can not be decoded"}]
    assert told["left_out"] == {
        "Empty": "0 usable pictures, at least 10 were expected",
        "Rare": "2 usable pictures, at least 10 were expected",
    }
    assert "skipped Happy/torn.jpg" in said and "Rare is left out" in said and "Grim $x$: no EmoPOI" in said


def test_recognize_takes_the_folder(retrained, tmp_path, capsys):
    photo = tmp_path / "portrait.png"
    cv2.imwrite(str(photo), portrait()[..., ::-1])
    assert emopoi(["recognize", str(photo), "--model", str(retrained[0]), "--json", "--consent"]) == 0
    profile = EmotionProfile.from_json(capsys.readouterr().out)
    assert profile.people[0].abstained and set(profile.people[0].extra["own_labels"]) == set(BRIGHT)


def test_a_failure_leaves_the_earlier_model_alone(retrained, images, monkeypatch, capsys):
    import training.confusion_picture as pictures

    def full(*_):
        raise OutputError("confusion.png: No space left on device")

    out, _, _ = retrained
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr(pictures, "draw_confusion", full)
    monkeypatch.setattr("training.transfer.fit_ways", lambda *_: [_quick()])
    monkeypatch.setattr("training.retrained_folder.RetrainedFolder.freeze", _copied(out))
    assert main(["--images", str(images), "--out", str(out), "--crops", "--epochs", "0"]) == 2
    assert "No space left" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


def _quick():
    from training.transfer import Fitted

    return Fitted("head", None, 1.0, 1.0, 0.5)


def _copied(out):
    """Instead of a conversion of several seconds: the files that are there."""
    import shutil

    from emopoi.runtime.manifest import Manifest

    def freeze(folder, *_):
        shutil.copytree(out, folder.building)
        return Manifest.read(folder.building)

    return freeze


def test_mistakes_are_one_line(images, tmp_path, capsys):
    one = tmp_path / "One" / "Happy"
    one.mkdir(parents=True)
    for number in range(12):
        cv2.imwrite(str(one / f"{number}.png"), picture("Happy", number))
    (tmp_path / "strange.json").write_text('{"Grumpy": "angry"}')
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "torn.h5").write_bytes(b"no weights")
    usual = ["--images", str(images), "--out", str(tmp_path / "model"), "--crops"]
    for words, said in (
        (["--images", str(tmp_path / "none"), "--out", str(tmp_path / "m")], "a folder of pictures for each"),
        (["--images", str(one.parent), "--out", str(tmp_path / "m"), "--crops"], "at least two labels"),
        ([*usual, "--map", str(tmp_path / "strange.json")], "'Grumpy', but the labels are"),
        ([*usual, "--map", str(tmp_path / "list.json")], "an object such as"),
        ([*usual, "--map", str(tmp_path / "none.json")], "No such file"),
        ([*usual, "--weights", str(tmp_path / "none.h5")], "weights were expected"),
        ([*usual, "--weights", str(tmp_path / "torn.h5")], "no weights of the expression network"),
        ([*usual, "--least", "1"], "least: at least 3"),
        ([*usual, "--epochs", "-1"], "epochs: 0 to 1000"),
        ([*usual, "--held", str(one.parent / "Happy")], "no folders in it"),
        ([*usual[:3], str(tmp_path / "file"), "--crops"], "a folder was expected"),
        (["--images", str(images)], "--out"),
    ):
        assert main(words) == 2
        captured = capsys.readouterr()
        errors = [line for line in captured.err.splitlines() if line.startswith("error:")]
        assert len(errors) == 1 and said in errors[0] and not captured.out, (words, captured.err)
    assert not (tmp_path / "model").exists() and (tmp_path / "file").read_text() == "mine"


def test_a_map_is_words_and_nothing(tmp_path):
    path: Path = tmp_path / "labels.json"
    path.write_text('{"Grim": "angry", "Odd": null}')
    assert read_map(path) == {"Grim": "angry", "Odd": None}


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 1000))
def test_figures_beside_chance(labels, rows, seed):
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.ones(labels), rows)
    label = random.integers(0, labels, rows)
    names = [f"l{place}" for place in range(labels)]
    figures = held_figures(shares, label, names, label)
    assert figures["accuracy"] == pytest.approx((shares.argmax(1) == label).mean(), abs=1e-4)
    assert figures["chance"] == pytest.approx(np.bincount(label).max() / rows, abs=1e-4)
    assert figures["times_chance"] == pytest.approx(figures["balanced_accuracy"] * labels, abs=0.01)
    sure = held_figures(np.eye(labels)[label], label, names, label)
    assert sure["accuracy"] == sure["balanced_accuracy"] == 1.0 and sure["ece"] == 0.0
    always = held_figures(np.eye(labels)[np.zeros(rows, int)], label, names, label)
    assert always["balanced_accuracy"] <= 1.0 / len(np.unique(label)) + 1e-3 or len(np.unique(label)) == 1


def test_no_held_pictures_are_refused():
    with pytest.raises(InputError, match="held back"):
        held_figures(np.zeros((0, 2)), np.zeros(0, int), ["a", "b"], np.zeros(3, int))
